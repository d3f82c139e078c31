// Package smartcard turns a card in a reader into who it says it is, and into
// signatures. It recognises the Carta Nazionale dei Servizi (CNS, TS-CNS), reads
// its public files and certificate, judges the certificate against provisioned
// anchors, offers a PIN once, and has the card sign.
//
// It promises that a PIN is never sent twice, that every byte a card sends is
// bounded and checked before it is believed, and that a status word never leaves
// the package: errors are meanings ([PINError], [ErrRemoved], [ErrUnsupported]).
// It leaves trust to a [Judge], and refuses to read any card in part: what it
// cannot read whole is [ErrUnreadable].
package smartcard

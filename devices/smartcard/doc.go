// Package smartcard turns a card in a reader into who it says it is, and into
// signatures. It recognises the Carta Nazionale dei Servizi (CNS, TS-CNS) and the
// Carta d'Identità Elettronica (CIE 3.0), reads what they say without a PIN,
// offers a PIN once, and has the card sign. Whom to believe it leaves to a
// [Judge].
//
// It promises that a PIN is never sent twice nor a counter asked for, that every
// byte a card sends is bounded and checked before it is believed, and that a
// status word never leaves the package: errors are meanings ([PINError],
// [ErrRemoved], [ErrUnsupported]). It refuses to read any card in part: what it
// cannot read whole is [ErrUnreadable].
//
// From the card upwards: a [Transport] carries bytes, a line speaks ISO/IEC
// 7816-4 over it in operations that nobody interrupts, cns and cie are what is
// said on the line, [Open] tells them apart, [Trace] writes down what passes.
package smartcard

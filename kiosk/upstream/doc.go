// Package upstream is the client of the INPS side: the only one that knows its
// addresses, tokens and formats. openapi.yaml in this folder is the contract.
//
// It promises three things. Every connection is mutually authenticated: the
// terminal shows its device certificate and talks to nobody whose certificate
// does not lead to the configured anchor. What a citizen confirms is signed by
// the card and sealed to INPS before it leaves [Client.Pack], so that neither
// the terminal nor anybody on the way can read or change it, nor tell one
// service from another by name or length. And a submission counts as filed only
// on INPS's own signed word, checked against the pinned certificate, for this id
// and for these very bytes.
//
// Documents of up to 10 MiB are sealed chunk by chunk and sent before the
// submission that names them with their digests; neither side ever holds one as
// a whole, and what a broken line interrupted goes on where it stopped.
//
// What INPS knows is shown in the shape of the catalogue or not at all, and only
// about the holder of the token or somebody INPS has said may be acted for. Papers
// and the catalogue come in pieces that go on after a broken line, and are known
// by a digest or a signature of their own. What can wait is held to the [Budget]
// of the line; a citizen's matter never is.
//
// It keeps ModI's rules: each request is signed, with the device key or with a key
// of the PDND, and no answer counts that INPS has not signed for this very question
// (modi.go, modi_reply.go, pdnd.go). While this terminal's clock and INPS's are more
// than half a minute apart it signs nothing, and while a quota is spent it asks
// nothing.
//
// A citizen logs in by what the card signs, or, where INPS has an address for it, by
// the TLS connection that the card makes (cardlogin.go). Either way the token is the
// terminal's too: it is bound to the device certificate, and one card signature
// gives one log-in.
//
// It follows no redirect, though it reads one as INPS's word that something is
// filed. It refuses answers of an undeclared media type or of unreasonable size,
// and every reason that is not on the closed list of the contract, since a word
// that INPS is free to choose could name a service. It repeats no submission by
// itself, and a question only where a connection was dead or broke within a paper:
// whether and when to submit again is the outbox's to decide, with the errors of
// [pue/kiosk/outbox] as the common language.
package upstream

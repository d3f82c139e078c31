// Package upstreamsim is the reference INPS side: it serves exactly what
// openapi.yaml declares, and checks what a careful INPS would check. It is for
// simulators and tests; no real person's data belongs here.
//
// Submissions come over the line, or in a bundle that somebody carried: one
// ledger receives both.
//
// Attachments come before their submission, chunk by chunk, and are forgotten
// after a day without one. When it comes they are all opened and compared with
// what the citizen signed.
//
// It shares no code with the client it faces. Signatures are verified and seals
// opened here by hand, from the RFCs, so that an error on one side cannot hide
// the same error on the other.
//
// Its archive invents a life from each codice fiscale, the same each time: a
// career, a pension, certificates with their PDF, ISEE, earlier applications, and
// for whom somebody may act. What goes wrong between INPS and a terminal, and in
// INPS itself, it does on demand: see [Server.SetLine] and its neighbours,
// [Server.MixUpCitizens] and [Server.SpoilConfirmations].
//
// What it does not do: revocation of cards, and quotas that a terminal could use
// up by itself.
package upstreamsim

// Package outbox keeps what a citizen has confirmed until INPS has it.
//
// A submission is safe once Put returns: it is sealed, on disk, and has a claim
// code. Run sends it as soon as the line allows; its id is fixed before the
// first store and serves as idempotency key, so that INPS may see a submission
// twice and files it once. Until its first attempt the citizen can take it back.
//
// Documents beside it lie sealed in files of their own, because they are too
// large for a record. They are on disk before the submission that names them,
// reach INPS before it, in pieces between which others pass, and go with its body.
//
// Nothing is dropped. The sealed body goes once INPS has confirmed it, and the
// entry with INPS's proof 30 days later. What INPS refuses, and what it never
// answered however often it was sent, stays without a term, its sealed body
// included, until an officer closes it.
//
// Whoever reads the disk learns how many submissions there are, when they were
// confirmed, where they stand and how long they are; neither whose they are nor
// what they ask for.
package outbox

// Package outbox keeps what a citizen has confirmed until INPS has it.
//
// A submission is safe once Put returns: it is sealed, on disk, and has a claim
// code. Run sends it as soon as the line allows; its id is fixed before the
// first store and serves as idempotency key, so that INPS may see a submission
// twice and files it once.
//
// Nothing is dropped. The sealed body goes once INPS has confirmed it, and the
// entry with INPS's proof 30 days later. What INPS refuses stays, its sealed body
// included and without a term, until a person decides: nothing in this package
// deletes it.
package outbox

// Package outbox keeps what a citizen has confirmed until INPS has it.
//
// A submission is safe once Put returns: it is sealed, on disk, and has a claim
// code. Run sends it as soon as the line allows; its id is fixed before the
// first store and serves as idempotency key, so that INPS may see a submission
// twice and files it once. Nothing is dropped: what INPS refuses stays until a
// person decides.
package outbox

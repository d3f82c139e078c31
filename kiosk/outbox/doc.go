// Package outbox keeps what a citizen has confirmed until INPS has it.
//
// A submission is safe once Put returns: it is sealed, on disk, and has a claim
// code. Run sends it as soon as the line allows; its id is fixed before the
// first store and serves as idempotency key, so that INPS may see a submission
// twice and files it once. Until its first attempt the citizen can take it back.
//
// There may be more than one who receives. Each destination has a line of its own,
// and trouble with one holds nothing that goes to another; where these texts say
// INPS, they mean whoever the submission is sealed to.
//
// Documents beside it lie sealed in files of their own, because they are too
// large for a record. They are on disk before the submission that names them,
// reach INPS before it, in pieces between which others pass, and go with its body.
//
// Nothing is dropped. The sealed body goes once INPS has confirmed it, and the
// entry with INPS's proof 30 days after it came here. What INPS refuses, and what
// it never answered however often it was sent or asked about, stays without a
// term, its sealed body included, until a person closes it. Of whatever INPS does
// not have a person hears in time: each submission has a day by which somebody has
// to have dealt with it, and gives an alarm five days before.
//
// What went into a bundle counts as sent. What damage brings back and nothing
// vouches for is never sent; INPS is asked about it, and a person decides. While
// nobody vouches for the wall clock nothing is forgotten for its age, and no day
// is near.
//
// Whoever reads the disk does not learn what anybody asked for. He learns how many
// submissions there are, when they were confirmed, where they stand and how long
// they are, and which of them are one citizen's. The owner is a keyed hash of the
// codice fiscale, and its key lies in the same file: whoever steals the disk and
// has a list of codici fiscali can tell who of them has asked for something here.
// A legal term nearer than 15 days can be told from the day to act by, and only
// some services have one.
package outbox

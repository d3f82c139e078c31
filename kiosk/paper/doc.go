// Package paper composes receipts and remembers which were printed.
//
// Composer turns what the terminal knows into printer documents. There are two
// receipts of a submission and they never look alike: the local one says that
// the application is safe here and that INPS does not have it yet; the final one
// bears INPS's own protocol number. No receipt carries a name, a codice fiscale
// or an answer of a form, nor says which service it is: what identifies it is the
// claim code.
//
// What citizens take away while they stand there may name the service: what INPS
// answered, a document on A4, and what there is to read before an application. None
// names anybody. Reports of the terminal hold counts and no person.
//
// Spoken says any of these papers in sentences, for whoever cannot read it.
//
// Journal remembers each print job, never its document: how far it came, and how sure
// it is that paper came out. It prints nothing: after a power cut what was being sent
// is uncertain, until a person has looked or a copy that is marked as one has taken
// its place.
package paper

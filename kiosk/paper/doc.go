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
// answered, and what there is to read before an application. Neither names anybody.
//
// Journal remembers each print job, never its document, so that a reprint is
// marked as one even after a power cut.
package paper

package outbox

import "slices"

// Why INPS refuses a submission. The list is closed, because a reason stands in
// clear on the disk, in the log, in the audit record and at the board: none says
// which service was refused. So "too late" is not among them: only some services
// have a term.
const (
	RefusedSchema       = "schema"             // the record is not as the contract wants it
	RefusedEnvelope     = "envelope"           // what is around the record is not
	RefusedSeal         = "seal"               // INPS cannot open it
	RefusedSealingKey   = "sealing-key"        // sealed with a key that INPS does not take any more
	RefusedSignature    = "signature"          // the card's signature does not verify
	RefusedSubject      = "subject"            // signed by another than the one it is for
	RefusedDigest       = "digest"             // it arrived as another than it was sent
	RefusedKey          = "idempotency-key"    // the id is not one
	RefusedKeyID        = "key-id"             // not the id of a sealing key
	RefusedMediaType    = "media-type"         // not the kind of body that INPS takes
	RefusedTooLarge     = "too-large"          // more than INPS takes
	RefusedOtherBody    = "other-body"         // INPS has another under this id
	RefusedNoAttachment = "attachment-missing" // INPS lacks a document of it
	RefusedOther        = "other"              // all else
)

// refusals in the order of their numbers on disk, after the other reasons.
var refusals = []string{
	RefusedOther, RefusedSchema, RefusedEnvelope, RefusedSeal, RefusedSealingKey, RefusedSignature, RefusedSubject,
	RefusedDigest, RefusedKey, RefusedKeyID, RefusedMediaType, RefusedTooLarge, RefusedOtherBody, RefusedNoAttachment,
}

// Refusals lists every reason that a refused submission can have.
func Refusals() []string { return slices.Clone(refusals) }

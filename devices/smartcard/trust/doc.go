// Package trust decides which certificates a terminal believes: those of cards,
// and those of who signed what a card holds, against anchors that were
// provisioned. It implements [smartcard.Judge].
package trust

package smartcard_test

import (
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pue/devices/smartcard"
)

// FuzzResponses lets a card of any kind answer anything: the first byte of each
// piece says how long it is. The visit must end, in an error that means
// something, and soon.
func FuzzResponses(f *testing.F) {
	f.Add(byte(0), []byte{2, 0x90, 0x00, 3, 0x41, 0x90, 0x00})
	f.Add(byte(1), []byte{2, 0x90, 0x00, 2, 0x90, 0x00, 14, '1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '1', '2', 0x90, 0x00})
	f.Add(byte(2), []byte{2, 0x6A, 0x82, 2, 0x6A, 0x86, 2, 0x90, 0x00})
	f.Add(byte(0), []byte{2, 0x61, 0x05, 2, 0x6C, 0x10, 2, 0x63, 0xC2})
	atrs := [][]byte{unhex(plainATR), unhex(enzoATR), unhex("3B80800101")}
	f.Fuzz(func(t *testing.T, atr byte, data []byte) {
		s := &scripted{atr: atrs[int(atr)%len(atrs)]}
		for len(data) > 0 {
			n := min(int(data[0]), len(data)-1)
			s.answers = append(s.answers, data[1:1+n])
			data = data[1+n:]
		}
		g := guard(t, s)
		if err := g.goes(); !meant(err) {
			t.Errorf("the visit ends in %v", err)
		}
	})
}

// bent changes one answer of a card on its way.
type bent struct {
	smartcard.Transport
	at    int
	where int
	with  byte
	cut   bool
}

func (b *bent) Transmit(apdu []byte) ([]byte, error) {
	r, err := b.Transport.Transmit(apdu)
	if b.at--; err != nil || b.at != -1 {
		return r, err
	}
	if b.cut {
		return r[:b.where%(len(r)+1)], nil
	}
	r[b.where%len(r)] ^= b.with
	return r, nil
}

// FuzzBentAnswers changes one byte of one answer in the visit of a real card, or
// cuts the answer short. Either the visit ends in an error that means something,
// or the change was in what nobody believes: then the card is who it was.
func FuzzBentAnswers(f *testing.F) {
	for at := range byte(24) {
		f.Add(at, at, uint16(at)*7, byte(1)<<(at%8), at%9 == 8)
	}
	people, honest := []string{"anna", "carla", "enzo"}, map[string]smartcard.Identity{}
	a := simulation(f)
	for _, name := range people {
		transport, _ := insert(f, person(f, name))
		id, err := introduces(transport, a)
		if err != nil {
			f.Fatal(err)
		}
		if id.Chain != smartcard.ChainOK {
			f.Fatalf("nobody believes %s: chain %s", name, id.Chain)
		}
		honest[name] = id
	}
	f.Fuzz(func(t *testing.T, who, at byte, where uint16, with byte, cut bool) {
		name := people[int(who)%len(people)]
		transport, _ := insert(t, person(t, name))
		b := &bent{Transport: transport, at: int(at), where: int(where), with: with, cut: cut}
		g := guard(t, b)
		g.typed = 1
		id, err := introduces(g, a)
		if err != nil {
			if !meant(err) {
				t.Errorf("%s: the visit ends in %v", name, err)
			}
			return
		}
		want := honest[name]
		if id.Chain == smartcard.ChainUntrusted || id.Chain == smartcard.ChainExpired {
			return // nobody believes it
		}
		// What stands around the signed part of a security object may change, and
		// the fingerprint with it: then nobody knows the card.
		ignored := cmpopts.IgnoreFields(smartcard.Identity{}, "Certificate", "Fingerprint")
		if diff := cmp.Diff(want, id, ignored, cmp.Comparer(samePrivate)); diff != "" || !id.Certificate.Equal(want.Certificate) {
			t.Errorf("%s becomes somebody else: %s", name, diff)
		}
	})
}

func samePrivate(a, b smartcard.Private) bool { return a == b }

// introduces is a log-in, with proof of the key.
func introduces(transport smartcard.Transport, judge smartcard.Judge) (smartcard.Identity, error) {
	none := smartcard.Identity{}
	card, err := smartcard.Open(transport, judge)
	if err != nil {
		return none, err
	}
	if _, err := card.Identity(now); err != nil {
		return none, err
	}
	if err := card.VerifyPIN([]byte(pin)); err != nil {
		return none, err
	}
	id, err := card.Identity(now)
	if err != nil {
		return none, err
	}
	digest := sha256.Sum256(nil)
	if _, err := card.Sign(digest[:]); err != nil {
		return none, err
	}
	if !id.Complete() {
		return none, errors.New("no error, and no holder")
	}
	return id, nil
}

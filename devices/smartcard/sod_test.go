package smartcard

import (
	"bytes"
	"errors"
	"maps"
	"testing"
)

func TestObjectsThatAreSignedAndStillNoneToBelieveAreUnreadable(t *testing.T) {
	v := readVectors(t)
	if len(v.Refused) == 0 {
		t.Fatal("vectors are missing")
	}
	for _, c := range v.Refused {
		if o, err := parseSecurityObject(c.File); !errors.Is(err, ErrUnreadable) || errors.Is(err, ErrInconsistent) {
			t.Errorf("%s: %v, %v, want only ErrUnreadable", c.Name, o, err)
		}
	}
}

func TestASecurityObjectThatWasChangedIsInconsistent(t *testing.T) {
	for _, c := range readVectors(t).Objects {
		o, err := parseSecurityObject(c.File)
		if err != nil {
			t.Fatal(err)
		}
		for name, part := range map[string][]byte{
			"a hash":        o.hashes[groupNIS],
			"another hash":  o.hashes[groupCertificate],
			"the signature": c.File[len(c.File)-8:],
		} {
			file := bytes.Replace(c.File, part, append([]byte{part[0] ^ 1}, part[1:]...), 1)
			if _, err := parseSecurityObject(file); !errors.Is(err, ErrInconsistent) {
				t.Errorf("%s, version %d, %s changed: %v, want ErrInconsistent", c.Digest, c.Version, name, err)
			}
		}
	}
}

func TestNoByteOfASecurityObjectChangesWhatItSays(t *testing.T) {
	c := readVectors(t).Objects[0]
	genuine, err := parseSecurityObject(c.File)
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.File {
		file := bytes.Clone(c.File)
		file[i] ^= 0x01
		o, err := parseSecurityObject(file)
		if err != nil {
			if !errors.Is(err, ErrUnreadable) {
				t.Errorf("byte %d changed: the error has no meaning: %v", i, err)
			}
			continue
		}
		// The certificate is signed by another, who is asked elsewhere.
		if !maps.EqualFunc(o.hashes, genuine.hashes, bytes.Equal) {
			t.Errorf("byte %d changed: the hashes are others", i)
		}
	}
}

func TestASecurityObjectThatIsCutShortIsUnreadable(t *testing.T) {
	file := readVectors(t).Objects[0].File
	for n := range file {
		if _, err := parseSecurityObject(file[:n]); !errors.Is(err, ErrUnreadable) {
			t.Fatalf("%d bytes of %d: %v", n, len(file), err)
		}
	}
}

func TestAGroupThatNobodySignedIsConfirmedByNobody(t *testing.T) {
	o, err := parseSecurityObject(readVectors(t).Objects[0].File)
	if err != nil {
		t.Fatal(err)
	}
	delete(o.hashes, groupNIS)
	for _, data := range [][]byte{nil, {}, []byte("999000000006")} {
		if err := o.confirm(groupNIS, data); !errors.Is(err, ErrInconsistent) {
			t.Errorf("%q: %v, want ErrInconsistent", data, err)
		}
	}
}

func FuzzSecurityObject(f *testing.F) {
	v := readVectors(f)
	for _, c := range v.Objects {
		f.Add([]byte(c.File))
	}
	for _, c := range v.Refused {
		f.Add([]byte(c.File))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		o, err := parseSecurityObject(file)
		if err != nil && !errors.Is(err, ErrUnreadable) {
			t.Errorf("the error has no meaning: %v", err)
		}
		if err == nil && (o.signer == nil || o.hash == 0) {
			t.Error("no error and no signer")
		}
	})
}

package trust_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"
	"time"

	"pue/devices/smartcard"
	"pue/devices/smartcard/trust"
)

// card is a citizen's certificate, as change wants it, under the authority.
func card(t testing.TB, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	return cardWithKey(t, change, cardKey().Public())
}

func cardWithKey(t testing.TB, change func(*x509.Certificate), key crypto.PublicKey) *x509.Certificate {
	t.Helper()
	template := leaf()
	if change != nil {
		change(template)
	}
	return sign(t, template, authority(t), key, authorityKey())
}

func usage(u x509.ExtKeyUsage) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{u} }
}

func policies(all ...x509.OID) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.Policies = all }
}

func TestTheChainIsJudged(t *testing.T) {
	good, elsewhere := anchors(t, authority(t)), anchors(t, namesake(t))
	expired := func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) }
	for name, c := range map[string]struct {
		change  func(*x509.Certificate)
		anchors *trust.Anchors
		want    smartcard.Chain
	}{
		"good":                  {nil, good, smartcard.ChainOK},
		"no usage listed":       {func(c *x509.Certificate) { c.ExtKeyUsage = nil }, good, smartcard.ChainOK},
		"other usage":           {usage(x509.ExtKeyUsageEmailProtection), good, smartcard.ChainUntrusted},
		"policy of a CIE":       {policies(policy(1, 3, 76, 47, 4)), good, smartcard.ChainUntrusted},
		"policies of both":      {policies(policy(1, 3, 76, 47, 4), policy(1, 3, 76, 16, 2, 1)), good, smartcard.ChainOK},
		"no policy":             {policies(), good, smartcard.ChainUntrusted},
		"expired":               {expired, good, smartcard.ChainExpired},
		"not yet valid":         {func(c *x509.Certificate) { c.NotBefore = now.AddDate(0, 0, 1) }, good, smartcard.ChainExpired},
		"namesake":              {nil, elsewhere, smartcard.ChainUntrusted},
		"expired, unknown":      {expired, elsewhere, smartcard.ChainUntrusted},
		"an authority":          {func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }, good, smartcard.ChainUntrusted},
		"no anchors":            {nil, nil, smartcard.ChainUnchecked},
		"no anchors, no policy": {policies(), nil, smartcard.ChainUntrusted},
		"nobody believed":       {nil, &trust.Anchors{}, smartcard.ChainUntrusted},
	} {
		if got := c.anchors.Judge(card(t, c.change), smartcard.CNS, now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestACIEIsJudgedByItsOwnPolicyAndALongerKey(t *testing.T) {
	good, ofCIE := anchors(t, authority(t)), policies(policy(1, 3, 76, 47, 4))
	for name, c := range map[string]struct {
		cert *x509.Certificate
		kind smartcard.Kind
		want smartcard.Chain
	}{
		"good":             {card(t, ofCIE), smartcard.CIE, smartcard.ChainOK},
		"policy of a CNS":  {card(t, nil), smartcard.CIE, smartcard.ChainUntrusted},
		"short key":        {cardWithKey(t, ofCIE, oldKey().Public()), smartcard.CIE, smartcard.ChainUntrusted},
		"short key, CNS":   {cardWithKey(t, nil, oldKey().Public()), smartcard.CNS, smartcard.ChainOK},
		"no kind of card":  {card(t, nil), "passport", smartcard.ChainUntrusted},
		"no kind, no name": {card(t, policies()), "", smartcard.ChainUntrusted},
	} {
		if got := good.Judge(c.cert, c.kind, now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestAClockThatCannotBeTrustedLeavesOnlyTheValidityUnchecked(t *testing.T) {
	good := anchors(t, authority(t))
	for name, c := range map[string]struct {
		change  func(*x509.Certificate)
		anchors *trust.Anchors
		want    smartcard.Chain
	}{
		"good":            {nil, good, smartcard.ChainUnchecked},
		"expired":         {func(c *x509.Certificate) { c.NotAfter = now.AddDate(-1, 0, 0) }, good, smartcard.ChainUnchecked},
		"renewed":         {nil, anchors(t, renewed(t)), smartcard.ChainUnchecked},
		"namesake":        {nil, anchors(t, namesake(t)), smartcard.ChainUntrusted},
		"other policy":    {policies(policy(1, 3, 76, 47, 4)), good, smartcard.ChainUntrusted},
		"other usage":     {usage(x509.ExtKeyUsageEmailProtection), good, smartcard.ChainUntrusted},
		"nobody believed": {nil, &trust.Anchors{}, smartcard.ChainUntrusted},
	} {
		if got := c.anchors.Judge(card(t, c.change), smartcard.CNS, time.Time{}); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// renewed is the authority with a certificate that began after the card's.
func renewed(t *testing.T) *x509.Certificate {
	t.Helper()
	template := authority(t)
	template.NotBefore = now.AddDate(-1, 0, 0)
	return sign(t, template, template, authorityKey().Public(), authorityKey())
}

// namesake has all of the authority but its key, as seen from whoever makes a
// card of his own under its name.
func namesake(t *testing.T) *x509.Certificate {
	t.Helper()
	template := authority(t)
	template.PublicKey = nil // another one follows
	return sign(t, template, template, rootKey().Public(), rootKey())
}

// below is an authority that the root made, and a card that it issued.
func below(t *testing.T) (root, between, leafCert *x509.Certificate) {
	t.Helper()
	template := authorityNamed("root")
	root = sign(t, template, template, rootKey().Public(), rootKey())
	between = sign(t, authorityNamed("between"), root, authorityKey().Public(), rootKey())
	cert := leaf()
	cert.Policies = []x509.OID{policy(1, 3, 76, 47, 4)}
	return root, between, sign(t, cert, between, cardKey().Public(), authorityKey())
}

func TestAnIntermediateLeadsToARootAndIsNoneItself(t *testing.T) {
	root, between, cert := below(t)
	for name, c := range map[string]struct {
		anchors, between []*x509.Certificate
		want             smartcard.Chain
	}{
		"both":                    {[]*x509.Certificate{root}, []*x509.Certificate{between}, smartcard.ChainOK},
		"root alone":              {[]*x509.Certificate{root}, nil, smartcard.ChainUntrusted},
		"intermediate alone":      {nil, []*x509.Certificate{between}, smartcard.ChainUntrusted},
		"intermediate as anchor":  {[]*x509.Certificate{between}, nil, smartcard.ChainOK},
		"under another root":      {[]*x509.Certificate{authority(t)}, []*x509.Certificate{between}, smartcard.ChainUntrusted},
		"root as an intermediate": {nil, []*x509.Certificate{root, between}, smartcard.ChainUntrusted},
	} {
		a, err := trust.ReadAnchors(folder(t, c.anchors, c.between))
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Judge(cert, smartcard.CIE, now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestDocumentSignersAndCitizensNeverStandForEachOther(t *testing.T) {
	template := authorityNamed("documents")
	csca := sign(t, template, template, rootKey().Public(), rootKey())
	signer := func(change func(*x509.Certificate)) *x509.Certificate {
		c := &x509.Certificate{
			SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "signer"},
			NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		}
		if change != nil {
			change(c)
		}
		return sign(t, c, csca, cardKey().Public(), rootKey())
	}
	signing := func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }
	a := anchors(t, authority(t))
	if got := a.DocumentSigner(signer(nil), now); got != smartcard.ChainUntrusted {
		t.Errorf("without document anchors: %s", got)
	}
	if err := a.ReadDocumentAnchors(folder(t, []*x509.Certificate{csca}, nil)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		cert *x509.Certificate
		now  time.Time
		want smartcard.Chain
	}{
		"good":                  {signer(nil), now, smartcard.ChainOK},
		"no clock":              {signer(nil), time.Time{}, smartcard.ChainUnchecked},
		"expired":               {signer(nil), now.AddDate(10, 0, 0), smartcard.ChainExpired},
		"does not sign":         {signer(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), now, smartcard.ChainUntrusted},
		"citizen":               {card(t, signing), now, smartcard.ChainUntrusted},
		"issuer itself":         {csca, now, smartcard.ChainUntrusted},
		"citizen's own issuing": {sign(t, leaf(), card(t, signing), cardKey().Public(), cardKey()), now, smartcard.ChainUntrusted},
	} {
		if got := a.DocumentSigner(c.cert, c.now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	asCitizen := signer(func(c *x509.Certificate) { c.Policies = []x509.OID{policy(1, 3, 76, 16, 2, 1)} })
	if got := a.Judge(asCitizen, smartcard.CNS, now); got != smartcard.ChainUntrusted {
		t.Errorf("a signer as a citizen: %s", got)
	}
	if got := (*trust.Anchors)(nil).DocumentSigner(signer(nil), now); got != smartcard.ChainUnchecked {
		t.Errorf("nothing to check against: %s", got)
	}
}

// oidUnheardOf names an extension that nobody knows.
var oidUnheardOf = asn1.ObjectIdentifier{1, 3, 76, 999, 1}

func TestAHostileCertificateHasANamedOutcome(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := anchors(t, authority(t))
	for name, c := range map[string]struct {
		cert *x509.Certificate
		want smartcard.Chain
	}{
		"RSA-512":                 {cardWithKey(t, nil, &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 511, 1), E: 65537}), smartcard.ChainUntrusted},
		"elliptic curve":          {cardWithKey(t, nil, curve.Public()), smartcard.ChainUntrusted},
		"NUL in the name":         {card(t, func(c *x509.Certificate) { c.Subject.CommonName = "AAA\x00BBB/1." }), smartcard.ChainOK}, // whose name it is, is judged elsewhere
		"unknown critical matter": {card(t, extension(pkix.Extension{Id: oidUnheardOf, Critical: true, Value: []byte{5, 0}})), smartcard.ChainUntrusted},
		"unknown matter":          {card(t, extension(pkix.Extension{Id: oidUnheardOf, Value: []byte{5, 0}})), smartcard.ChainOK},
		"1 MB":                    {card(t, extension(pkix.Extension{Id: oidUnheardOf, Value: make([]byte, 1<<20)})), smartcard.ChainOK}, // no card can hold it
		"long name":               {card(t, func(c *x509.Certificate) { c.Subject.CommonName = strings.Repeat("A", 10<<10) }), smartcard.ChainOK},
		"signed by itself":        {sign(t, leaf(), leaf(), cardKey().Public(), cardKey()), smartcard.ChainUntrusted},
		"before all time":         {card(t, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Time{}, time.Time{} }), smartcard.ChainUntrusted}, // there was no moment at which it was good
	} {
		if got := good.Judge(c.cert, smartcard.CNS, now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func extension(e pkix.Extension) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.ExtraExtensions = append(c.ExtraExtensions, e) }
}

func TestACertificateThatSaysAThingTwiceIsNone(t *testing.T) {
	template := leaf()
	once := pkix.Extension{Id: oidUnheardOf, Value: []byte{5, 0}}
	template.ExtraExtensions = []pkix.Extension{once, once}
	der, err := x509.CreateCertificate(rand.Reader, template, authority(t), cardKey().Public(), authorityKey())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x509.ParseCertificate(der); err == nil {
		t.Error("it is taken")
	}
}

package trust

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"

	"pue/devices/smartcard"
)

// publicKey is a SubjectPublicKeyInfo, taken apart for the hash of its key.
type publicKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Key       asn1.BitString
}

// ask puts the question to the responder that the certificate names, and keeps
// the answer, beside what is kept already.
func (r *Revocations) ask(ctx context.Context, q question, kept finding) finding {
	for _, address := range q.cert.OCSPServer {
		for _, issuer := range q.issuers {
			answer, err := r.askOne(ctx, address, q.cert, issuer)
			if err == nil {
				var f finding
				if f, err = judgeAnswer(answer, q, r.o.Now()); err == nil {
					r.keepAnswer(q.cert, kept, f, answer)
					return f
				}
			}
			r.o.Log.Info("responder of an issuer gave no answer", "address", address, "err", err)
		}
	}
	return nothingKnown
}

func (r *Revocations) askOne(ctx context.Context, address string, cert, issuer *x509.Certificate) ([]byte, error) {
	// Without a nonce (RFC 6960 §4.4.1): responders answer from what they signed
	// in advance (RFC 5019), and the times of the answer tell whether it is new.
	request, err := ocsp.CreateRequest(cert, issuer, nil)
	if err != nil {
		return nil, fmt.Errorf("making the question: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	return post(ctx, r.o.Client, address, request)
}

// judgeAnswer checks an answer, new or kept, and says what it knows of the
// certificate in question (RFC 6960 §3.2).
func judgeAnswer(der []byte, q question, now time.Time) (finding, error) {
	var problems []error
	for _, issuer := range q.issuers {
		f, err := judgeAnswerOf(der, q.cert, issuer, now)
		if err == nil {
			return f, nil
		}
		problems = append(problems, err)
	}
	return nothingKnown, errors.Join(problems...)
}

func judgeAnswerOf(der []byte, cert, issuer *x509.Certificate, now time.Time) (finding, error) {
	answer, err := ocsp.ParseResponseForCert(der, cert, nil)
	if err != nil {
		return nothingKnown, fmt.Errorf("parsing the answer: %w", err)
	}
	if err := mayAnswer(answer, issuer); err != nil {
		return nothingKnown, err
	}
	if !isAbout(answer, cert, issuer) {
		return nothingKnown, errors.New("the answer is about a certificate of another issuer")
	}
	if !now.IsZero() && answer.ThisUpdate.After(now.Add(clockSkew)) {
		return nothingKnown, errors.New("the answer comes from the future")
	}
	f := finding{Revocation: smartcard.Revocation{CheckedAt: answer.ThisUpdate, By: "ocsp"}, until: answer.NextUpdate}
	switch answer.Status {
	case ocsp.Good:
		f.State = smartcard.RevocationGood
	case ocsp.Revoked:
		f.State, f.hold = smartcard.RevocationRevoked, answer.RevocationReason == ocsp.CertificateHold
	default:
		return nothingKnown, errors.New("the responder does not know the certificate")
	}
	return f, nil
}

// mayAnswer says why an answer does not count, unless it was signed by the issuer
// itself or by whom the issuer allows to (RFC 6960 §4.2.2.2).
func mayAnswer(answer *ocsp.Response, issuer *x509.Certificate) error {
	by := answer.Certificate
	if by == nil || by.Equal(issuer) {
		if err := answer.CheckSignatureFrom(issuer); err != nil {
			return fmt.Errorf("the answer is not signed by the issuer: %w", err)
		}
		return nil
	}
	// The library has checked that the answer is signed with the key of by.
	switch {
	case !bytes.Equal(by.RawIssuer, issuer.RawSubject):
		return errors.New("the responder's certificate is of another issuer")
	case !slices.Contains(by.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning):
		return errors.New("the responder's certificate is not for answers")
	case answer.ProducedAt.Before(by.NotBefore) || answer.ProducedAt.After(by.NotAfter):
		return errors.New("the responder's certificate was not valid when it answered")
	}
	if err := issuer.CheckSignature(by.SignatureAlgorithm, by.RawTBSCertificate, by.Signature); err != nil {
		return fmt.Errorf("the responder's certificate is not signed by the issuer: %w", err)
	}
	return nil
}

// isAbout reports whether the answer names the issuer as well as the number: the
// library compares only the number.
func isAbout(answer *ocsp.Response, cert, issuer *x509.Certificate) bool {
	var data struct {
		Version   int `asn1:"optional,default:0,explicit,tag:0"`
		Responder asn1.RawValue
		Produced  time.Time `asn1:"generalized"`
		Answers   []struct {
			About struct {
				Hash             pkix.AlgorithmIdentifier
				NameHash, ByHash []byte
				Number           *big.Int
			}
		}
	}
	var key publicKey
	if _, err := asn1.Unmarshal(answer.TBSResponseData, &data); err != nil {
		return false
	}
	if _, err := asn1.Unmarshal(issuer.RawSubjectPublicKeyInfo, &key); err != nil || !answer.IssuerHash.Available() {
		return false
	}
	for _, a := range data.Answers {
		if a.About.Number.Cmp(cert.SerialNumber) == 0 { // the one that the library took
			return bytes.Equal(a.About.NameHash, sum(answer.IssuerHash, issuer.RawSubject)) &&
				bytes.Equal(a.About.ByHash, sum(answer.IssuerHash, key.Key.RightAlign()))
		}
	}
	return false
}

func sum(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

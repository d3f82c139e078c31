package upstreamsim

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// The reference side plays the PDND as well: under PDNDPath it gives vouchers to
// one client.
const (
	PDNDPath     = "/pdnd/token.oauth2"
	PDNDAudience = "auth.pdnd.example/client-assertion"

	pdndKeyFile    = "pdnd-key.pem"
	pdndPublicFile = secretFolder + "/pdnd.pem"

	pdndClient  = "5d9c2f1e-3b7a-4c06-8e21-d4f0a6b97c35"
	pdndKeyID   = "K7QZP3M2V6TADXW4NLR5YJHB2C"
	pdndPurpose = "a1f3c7d2-0b64-4e8f-9c15-62e7d8b03f49"

	voucherLife  = 600 * time.Second
	evidenceMost = 15*time.Minute + clockSkew
	// clientAssertionMost is the longest life of a client's assertion.
	clientAssertionMost = 300 * time.Second
)

// PDNDClient is what a consumer gets from the PDND.
type PDNDClient struct{ ID, KeyID, PurposeID, KeyFile string }

// ProvisionPDND writes the key of the PDND's one client into dir, once.
func ProvisionPDND(dir string) (PDNDClient, error) {
	c := PDNDClient{ID: pdndClient, KeyID: pdndKeyID, PurposeID: pdndPurpose, KeyFile: filepath.Join(dir, pdndKeyFile)}
	if err := os.MkdirAll(filepath.Join(dir, secretFolder), 0o700); err != nil {
		return c, err
	}
	p := &provisioner{dir: dir}
	k := key(p, pdndKeyFile, func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, keyLeast) })
	if p.err != nil {
		return c, p.err
	}
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		return c, err
	}
	return c, p.write(pdndPublicFile, "PUBLIC KEY", der, 0o600)
}

// loadPDND reads the public key of the PDND's client, nil where there is none.
func loadPDND(dir string) (*rsa.PublicKey, error) {
	data, err := os.ReadFile(filepath.Join(dir, pdndPublicFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("the PDND client's key is not PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	pub, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("the PDND client's key is not RSA")
	}
	return pub, nil
}

// evidenceHash is how a voucher names the evidence it is bound to.
type evidenceHash struct {
	Alg   string `json:"alg"`
	Value string `json:"value"`
}

var hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// giveVoucher is the PDND's token endpoint (RFC 6749 §4.4, RFC 7523 §2.2).
func (s *Server) giveVoucher(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || !readForm(w, r) {
		return
	}
	no := func(status int, key, detail string) {
		reply(w, status, map[string]string{"error": key, "error_description": detail})
	}
	if r.PostForm.Get("grant_type") != "client_credentials" {
		no(http.StatusBadRequest, "unsupported_grant_type", "only client_credentials")
		return
	}
	now := s.now()
	c, err := s.clientAssertion(r, now)
	switch {
	case err != nil:
		no(http.StatusUnauthorized, "invalid_client", err.Error())
	case c.PurposeID != pdndPurpose:
		no(http.StatusBadRequest, "invalid_scope", "purposeId unknown")
	case c.Digest != nil && (c.Digest.Alg != "SHA256" || !hashForm.MatchString(c.Digest.Value)):
		no(http.StatusBadRequest, "invalid_request", "digest is not SHA256 in hexadecimal")
	default:
		voucher, err := s.newVoucher(r, c.Digest, now)
		if err != nil {
			no(http.StatusInternalServerError, "server_error", "no voucher could be signed")
			return
		}
		reply(w, http.StatusOK, map[string]any{"access_token": voucher, "token_type": "Bearer", "expires_in": int(voucherLife.Seconds())})
	}
}

// pdndClaims are those of a client's assertion, and of a voucher.
type pdndClaims struct {
	operative
	ClientID  string        `json:"client_id"`
	PurposeID string        `json:"purposeId"`
	Digest    *evidenceHash `json:"digest"`
}

func (s *Server) clientAssertion(r *http.Request, now time.Time) (c pdndClaims, err error) {
	if r.PostForm.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return c, errors.New("client_assertion_type")
	}
	payload, err := s.openByKeyID([]byte(r.PostForm.Get("client_assertion")))
	if err != nil {
		return c, err
	}
	if json.Unmarshal(payload, &c) != nil {
		return c, errors.New("claims are not as they should be")
	}
	iat, exp := time.Unix(c.Iat, 0), time.Unix(c.Exp, 0)
	switch {
	case c.Iss != pdndClient || c.Sub != pdndClient || r.PostForm.Get("client_id") != pdndClient:
		return c, errors.New("iss, sub and client_id are not this client")
	case c.Aud != PDNDAudience:
		return c, errors.New("aud is not the PDND")
	case iat.After(now.Add(clockSkew)) || !exp.After(now) || exp.Sub(iat) > clientAssertionMost:
		return c, errors.New("iat and exp are not a short time around now")
	case c.Jti == "" || !s.desk.useJTI("pdnd "+c.Jti, exp.Add(clockSkew)):
		return c, errors.New("jti missing or used before")
	}
	return c, nil
}

// openByKeyID verifies what the PDND's client has signed: RS256, known by kid.
func (s *Server) openByKeyID(compact []byte) ([]byte, error) {
	t, err := takeApart(compact, "JWT")
	if err != nil {
		return nil, err
	}
	if t.kid != pdndKeyID || s.keys.pdnd == nil {
		return nil, errors.New("kid unknown")
	}
	return t.payload, t.verifyRSA(&x509.Certificate{PublicKey: s.keys.pdnd})
}

func (s *Server) newVoucher(r *http.Request, bound *evidenceHash, now time.Time) (string, error) {
	claims := map[string]any{
		"iss": "pdnd.example", "sub": pdndClient, "aud": "https://" + r.Host, "iat": now.Unix(), "nbf": now.Unix(),
		"exp": now.Add(voucherLife).Unix(), "jti": rand.Text(), "client_id": pdndClient, "purposeId": pdndPurpose,
		"producerId": "inps", "consumerId": "comune", "eserviceId": "pue", "descriptorId": "1",
	}
	if bound != nil {
		claims["digest"] = bound
	}
	return sealNamedJWS("at+jwt", map[string]any{"kid": "pdnd"}, claims, s.keys.pdndSigner())
}

// voucherOf believes a voucher that the PDND gave out for this address.
func (s *Server) voucherOf(r *http.Request, compact string, now time.Time) (pdndClaims, *refusal) {
	var c pdndClaims
	t, err := takeApart([]byte(compact), "at+jwt")
	if err != nil || t.verifyECDSA(&x509.Certificate{PublicKey: s.keys.pdndSigner().Public()}) != nil || json.Unmarshal(t.payload, &c) != nil {
		return c, unconvincing("not a voucher of the PDND")
	}
	if !s.isHere(r, c.Aud, "") || c.ClientID != pdndClient || c.PurposeID != pdndPurpose {
		return c, unconvincing("voucher for another service, client or purpose")
	}
	if !time.Unix(c.Exp, 0).After(now) {
		return c, unconvincing("voucher is over")
	}
	return c, nil
}

// boundEvidence checks the evidence of AUDIT_REST_02: the one whose digest the
// voucher names, which serves as long as the voucher does.
func (s *Server) boundEvidence(r *http.Request, v pdndClaims, now time.Time) *refusal {
	compact := r.Header.Get("Agid-JWT-TrackingEvidence")
	sum := sha256.Sum256([]byte(compact))
	if v.Digest == nil || v.Digest.Value != hex.EncodeToString(sum[:]) {
		return unconvincing("not the evidence of the voucher")
	}
	payload, err := s.openByKeyID([]byte(compact))
	if err != nil {
		return unconvincing(err.Error())
	}
	var c struct {
		operative
		PurposeID string          `json:"purposeId"`
		Dnonce    json.RawMessage `json:"dnonce"`
	}
	if json.Unmarshal(payload, &c) != nil || !dnonceForm.Match(bytes.Trim(c.Dnonce, `"`)) || c.PurposeID != pdndPurpose {
		return unconvincing("the evidence lacks dnonce or purpose")
	}
	iat, exp := time.Unix(c.Iat, 0), time.Unix(c.Exp, 0)
	switch {
	case iat.After(now.Add(clockSkew)) || !exp.After(now):
		return &refusal{"clock", "evidence of another time"}
	case exp.Sub(iat) > evidenceMost || c.Jti == "" || c.Iss != pdndClient || c.Sub != pdndClient || !s.isHere(r, c.Aud, ""):
		return unconvincing("the evidence is not this client's for this address")
	}
	return s.evidenceSays(payload, r)
}

// dnonceForm: a random number of at least six digits.
var dnonceForm = regexp.MustCompile(`^[0-9]{6,20}$`)

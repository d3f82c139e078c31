package smartcard

import (
	"log/slog"
	"unique"
)

// redacted is what fmt, slog and JSON show in place of personal text.
const redacted = "•••"

// Private is text about a person: a name, a card number. It compares by value,
// and prints as dots wherever fmt, slog, JSON or a template meet it, even in an
// unexported field, because what it holds is a handle and not the text. Only
// [Private.Reveal] gives the text, so that a search for Reveal finds every
// place where personal data leaves.
type Private struct{ text unique.Handle[string] }

// NewPrivate wraps s.
func NewPrivate(s string) Private { return Private{unique.Make(s)} }

// Reveal returns the text itself.
func (p Private) Reveal() string {
	if p == (Private{}) {
		return ""
	}
	return p.text.Value()
}

// IsZero reports whether there is no text.
func (p Private) IsZero() bool { return p.Reveal() == "" }

// String implements [fmt.Stringer] without the text.
func (p Private) String() string { return redacted }

// GoString implements [fmt.GoStringer] without the text.
func (p Private) GoString() string { return redacted }

// LogValue implements [slog.LogValuer] without the text.
func (p Private) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler] without the text: what must
// travel is encoded on purpose, with Reveal.
func (p Private) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// TaxCode is a codice fiscale of a person, 16 characters, check character
// verified (DM 23-12-1976). It redacts itself like [Private].
type TaxCode struct{ Private }

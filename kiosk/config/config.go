// Package config is the one file that a technician edits.
//
// Check reads it strictly and names every mistake at once, each with file, line
// and column, what is wrong and what is allowed. Load refuses a file with a
// mistake, and otherwise merges defaults, file and environment.
//
// No secret stands in the file: where one is needed the file names another file,
// and that one must not be readable by everybody. Files that are named need not
// exist yet; whether they do is the doctor's question.
package config

import (
	"errors"
	"time"

	"pue/devices/printer"
)

// Config is everything that differs from terminal to terminal. What each key
// means for the person who sets it is written in config.example.yaml.
type Config struct {
	Version   int       `mapstructure:"version"`
	Terminal  Terminal  `mapstructure:"terminal"`
	Screen    Screen    `mapstructure:"screen"`
	Privacy   Privacy   `mapstructure:"privacy"`
	Contact   Contact   `mapstructure:"contact"`
	Cards     Cards     `mapstructure:"cards"`
	Printer   Printer   `mapstructure:"printer"`
	Documents Documents `mapstructure:"documents"`
	Scanner   Scanner   `mapstructure:"scanner"`
	INPS      INPS      `mapstructure:"inps"`
	Comune    Comune    `mapstructure:"comune"`
	Catalogue Catalogue `mapstructure:"catalogue"`
	Session   Session   `mapstructure:"session"`
	Officers  []Officer `mapstructure:"officers"`
	Data      Data      `mapstructure:"data"`
	Sockets   Sockets   `mapstructure:"sockets"`
	Log       Log       `mapstructure:"log"`
}

// Terminal says which terminal this is and where it stands.
type Terminal struct {
	ID           string `mapstructure:"id"` // "PUE-0421"
	Municipality string `mapstructure:"municipality"`
	ISTAT        string `mapstructure:"istat"` // six digits, zeros in front kept
	Opening      string `mapstructure:"opening"`
}

// Screen is what the window is shown on.
type Screen struct {
	DiagonalInches float64 `mapstructure:"diagonal_inches"`
	Width          int     `mapstructure:"width"` // pixels
	Height         int     `mapstructure:"height"`
	CardSlot       string  `mapstructure:"card_slot"`  // left, right, below
	CardPlate      string  `mapstructure:"card_plate"` // of a reader without contacts: none, left, right, below
	Camera         bool    `mapstructure:"camera"`     // with which papers are photographed
}

// Privacy fills the notice that the citizen reads first (GDPR art. 13).
type Privacy struct {
	Controller    string `mapstructure:"controller"`
	Processor     string `mapstructure:"processor"`
	Contact       string `mapstructure:"contact"`
	NoticeVersion string `mapstructure:"notice_version"`
}

// Contact is where a citizen can telephone.
type Contact struct {
	PhoneFixed  string `mapstructure:"phone_fixed"`
	PhoneMobile string `mapstructure:"phone_mobile"`
}

// Cards says which cards are believed.
type Cards struct {
	Anchors         string `mapstructure:"anchors"`          // directory of PEM certificates
	DocumentAnchors string `mapstructure:"document_anchors"` // the same of who vouches for signers of documents; empty: no CIE is believed
	Revocation      string `mapstructure:"revocation"`       // online, cached, off
	// CitizenReaders and OfficerReaders say whose cards belong into which
	// readers: those whose name contains one of these words. A reader that is in
	// both serves both, one in neither is not used. While both are empty, every
	// reader serves both.
	CitizenReaders []string `mapstructure:"citizen_readers"`
	OfficerReaders []string `mapstructure:"officer_readers"`
}

// Printer is the receipt printer and its serial line.
type Printer struct {
	Device  string `mapstructure:"device"`
	Profile string `mapstructure:"profile"`
	Baud    int    `mapstructure:"baud"` // 0: whichever the printer answers at
	Flow    string `mapstructure:"flow"` // rts, xon, none
	// RetractAfter is how long paper waits in the mouth; 0: until it is taken.
	RetractAfter time.Duration `mapstructure:"retract_after"`
	// Logo (PNG) is printed above receipts; empty: a plain wordmark.
	Logo string `mapstructure:"logo"`
	// Pictures says whether large ones are sent on a slow line: auto, always.
	Pictures string `mapstructure:"pictures"`
	// Override is laid above the profile.
	Override printer.Override `mapstructure:"override"`
}

// PicturesAlways is the word of Printer.Pictures that no line is too slow for.
const PicturesAlways = "always"

// Documents is the A4 printer, for what comes as a PDF.
type Documents struct {
	Printer string `mapstructure:"printer"` // ipp:// or ipps://; empty: there is none
	CA      string `mapstructure:"ca"`      // PEM: who vouches for it; empty: those whom the system believes
}

// There reports whether the terminal has an A4 printer.
func (d Documents) There() bool { return d.Printer != "" }

// Scanner writes files into a folder, in which nothing else may lie: what is there
// when nobody waits for it is removed.
type Scanner struct {
	Folder string `mapstructure:"folder"` // empty: there is none
}

// INPS is the other side and how the two know each other.
type INPS struct {
	URL         string `mapstructure:"url"`
	CA          string `mapstructure:"ca"`          // PEM: who may vouch for the server
	Certificate string `mapstructure:"certificate"` // PEM: this terminal
	Key         string `mapstructure:"key"`         // PEM, secret: this terminal
	// SealingKeys are the public keys submissions are sealed to, at least one.
	SealingKeys  []SealingKey `mapstructure:"sealing_keys"`
	Confirmation string       `mapstructure:"confirmation"` // the public key confirmations are signed with
	// DailyMegabytes is what the line may carry in a day before what can wait does,
	// 0: no end. Night is when that goes in any case, "22:00-06:00" or empty.
	DailyMegabytes int    `mapstructure:"daily_megabytes"`
	Night          string `mapstructure:"night"`
	// Mode is how the terminal says who it is: by its own certificate (modi-direct)
	// or by vouchers of the PDND.
	Mode string `mapstructure:"mode"`
	PDND PDND   `mapstructure:"pdnd"`
	// Login is how a citizen logs in: by what the card signs (assertion), or by the
	// card itself at CardURL (card-tls).
	Login   string `mapstructure:"login"`
	CardURL string `mapstructure:"card_url"`
}

// LoginCard is the way of INPS.Login that needs CardURL.
const LoginCard = "card-tls"

// ModePDND is the mode of INPS.Mode that needs PDND.
const ModePDND = "pdnd-bearer"

// PDND is what the Piattaforma Digitale Nazionale Dati knows this client by.
type PDND struct {
	TokenURL  string `mapstructure:"token_url"`
	Audience  string `mapstructure:"audience"`
	ClientID  string `mapstructure:"client_id"`
	KeyID     string `mapstructure:"key_id"`
	Key       string `mapstructure:"key"` // PEM, secret: RSA
	PurposeID string `mapstructure:"purpose_id"`
}

// Comune is the municipality's own side, where there is one: it has keys, a privacy
// notice and a telephone of its own.
type Comune struct {
	URL           string       `mapstructure:"url"`
	CA            string       `mapstructure:"ca"`
	Certificate   string       `mapstructure:"certificate"`
	Key           string       `mapstructure:"key"`
	SealingKeys   []SealingKey `mapstructure:"sealing_keys"`
	Confirmation  string       `mapstructure:"confirmation"`
	Controller    string       `mapstructure:"controller"`
	Contact       string       `mapstructure:"contact"`
	NoticeVersion string       `mapstructure:"notice_version"`
	Phone         string       `mapstructure:"phone"`
}

// There reports whether this terminal also serves its municipality.
func (c Comune) There() bool { return c.URL != "" }

// SealingKey is a public key of an authority and the days on which it is used.
type SealingKey struct {
	File  string `mapstructure:"file"`  // PEM
	From  string `mapstructure:"from"`  // first day, 2026-07-01
	Until string `mapstructure:"until"` // last day
}

// Span is when the key is used, from the beginning of its first day to the end
// of its last one, in UTC: an hour more or less is nothing to INPS.
func (k SealingKey) Span() (from, until time.Time, err error) {
	from, err1 := time.Parse(time.DateOnly, k.From)
	last, err2 := time.Parse(time.DateOnly, k.Until)
	return from, last.AddDate(0, 0, 1), errors.Join(err1, err2)
}

// Catalogue says whose services are believed.
type Catalogue struct {
	// Certificate (PEM) holds the key that signs catalogues; empty means that only
	// the services of the program are offered.
	Certificate string `mapstructure:"certificate"`
}

// Session is how long things last while a person is there.
type Session struct {
	// Resume is how long a half-filled form waits for the same card.
	Resume time.Duration `mapstructure:"resume"`
	// PresenceRequired closes the terminal while no officer is present.
	PresenceRequired bool `mapstructure:"presence_required"`
	// PresenceLimit is how long an officer counts as present after the card left.
	PresenceLimit time.Duration `mapstructure:"presence_limit"`
}

// Officer is a facilitator, known by a card.
type Officer struct {
	Pseudonym string `mapstructure:"pseudonym"` // goes into the records
	Name      string `mapstructure:"name"`      // shown to the citizen who is helped
	// CardSHA256 is the fingerprint of the card in lower-case hexadecimal.
	CardSHA256 string `mapstructure:"card_sha256"`
}

// Data is where the queue and the records live.
type Data struct {
	Directory string `mapstructure:"directory"`
}

// Sockets are the Unix sockets and who may speak on them.
type Sockets struct {
	UI           string   `mapstructure:"ui"`
	Control      string   `mapstructure:"control"`
	UIUsers      []string `mapstructure:"ui_users"`
	ControlUsers []string `mapstructure:"control_users"`
}

// Log is how much is logged.
type Log struct {
	Level string `mapstructure:"level"` // debug, info, warn, error
}

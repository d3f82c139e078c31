package config

import (
	"time"

	"pue/devices/printer"
)

// key is one line that may stand in the file.
type key struct {
	path     string // "printer.baud"; "officers[].name" for each item of a list
	rule     rule   // for a list, of each item
	list     bool   // a list of plain values
	plain    bool   // a number or true/false, written without quotes
	required bool
	some     bool // of the first key in a list of sections: one section at least
	optional bool // of the first key in a section: the section may be left out whole
	def      any  // what holds when the line is absent
}

// version is the form of the file that this program understands.
const version = 1

// keys is everything that may stand in the file, in the order of the example.
var keys = []key{
	{path: "version", rule: integer(version, version), required: true, plain: true},

	{path: "terminal.id", rule: like(`[A-Z]{3}-[0-9]{4}`, "three capitals, a dash and four digits", "PUE-0421"), required: true},
	{path: "terminal.municipality", rule: text(shortText), required: true},
	{path: "terminal.istat", rule: istat, required: true},
	{path: "terminal.opening", rule: text(longText), def: ""},

	{path: "screen.diagonal_inches", rule: number(7, 65), def: 21.5, plain: true},
	{path: "screen.width", rule: integer(800, 7680), def: 1920, plain: true},
	{path: "screen.height", rule: integer(600, 7680), def: 1080, plain: true},
	{path: "screen.card_slot", rule: oneOf("left", "right", "below"), def: "right"},
	{path: "screen.card_plate", rule: oneOf("none", "left", "right", "below"), def: "none"},
	{path: "screen.camera", rule: yesNo, def: false, plain: true},

	{path: "privacy.controller", rule: text(longText), required: true},
	{path: "privacy.processor", rule: text(longText), required: true},
	{path: "privacy.contact", rule: text(longText), required: true},
	{path: "privacy.notice_version", rule: noticeVersion, required: true},

	{path: "contact.phone_fixed", rule: telephone, def: "803 164"},
	{path: "contact.phone_mobile", rule: telephone, def: "06 164 164"},

	{path: "cards.anchors", rule: path, required: true},
	{path: "cards.document_anchors", rule: path, def: ""},
	{path: "cards.revocation", rule: oneOf("online", "cached", "off"), def: "online"},
	{path: "cards.citizen_readers", rule: text(shortText), list: true},
	{path: "cards.officer_readers", rule: text(shortText), list: true},

	{path: "printer.device", rule: path, required: true},
	{path: "printer.profile", rule: oneOf(printer.Profiles()...), required: true},
	{path: "printer.baud", rule: either("auto", oneOfNumbers(1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)), def: 19200, plain: true},
	{path: "printer.flow", rule: oneOf("rts", "xon", "none"), def: "rts"},
	{path: "printer.retract_after", rule: duration(0, 10*time.Minute), def: time.Minute},

	{path: "printer.logo", rule: path, def: ""},
	{path: "printer.pictures", rule: oneOf("auto", PicturesAlways), def: "auto"},
	{path: "printer.override.columns", rule: integer(16, 128), plain: true},
	{path: "printer.override.dots", rule: integer(192, 1680), plain: true},
	{path: "printer.override.pages", rule: codePage, list: true},
	{path: "printer.override.user_defined", rule: yesNo, plain: true},
	{path: "printer.override.qr", rule: oneOf(printer.QRDrawings()...)},
	{path: "printer.override.stored_graphics", rule: oneOf(printer.Storages()...)},
	{path: "printer.override.max_rows", rule: integer(1, 255), plain: true},
	{path: "printer.override.confirm", rule: oneOf(printer.Confirmations()...)},
	{path: "printer.override.status", rule: oneOf(printer.Dialects()...)},
	{path: "printer.override.may_be_silent", rule: yesNo, plain: true},
	{path: "printer.override.buffer", rule: integer(1, 1<<20), plain: true},
	{path: "printer.override.drop", rule: command},
	{path: "printer.override.cut", rule: command},
	{path: "printer.override.recovers", rule: yesNo, plain: true},
	{path: "printer.override.presenter.present", rule: command},
	{path: "printer.override.presenter.retract", rule: command},
	{path: "printer.override.presenter.eject", rule: command},
	{path: "printer.override.presenter.mouth", rule: oneOf(printer.MouthQuestions()...)},
	{path: "printer.override.presenter.step_mm", rule: number(0.01, 50), plain: true},

	{path: "documents.printer", rule: printerAddress, required: true, optional: true},
	{path: "documents.ca", rule: path, def: ""},

	{path: "scanner.folder", rule: path, def: ""},

	{path: "inps.url", rule: address, required: true},
	{path: "inps.ca", rule: path, required: true},
	{path: "inps.certificate", rule: path, required: true},
	{path: "inps.key", rule: secretPath, required: true},
	{path: "inps.sealing_keys[].file", rule: path, required: true, some: true},
	{path: "inps.sealing_keys[].from", rule: day, required: true},
	{path: "inps.sealing_keys[].until", rule: day, required: true},
	{path: "inps.confirmation", rule: path, required: true},
	{path: "inps.daily_megabytes", rule: integer(0, 100000), def: 0, plain: true},
	{path: "inps.night", rule: night, def: ""},
	{path: "inps.mode", rule: oneOf("modi-direct", ModePDND), def: "modi-direct"},
	{path: "inps.pdnd.token_url", rule: address, required: true, optional: true},
	{path: "inps.pdnd.audience", rule: text(longText), required: true},
	{path: "inps.pdnd.client_id", rule: uuid, required: true},
	{path: "inps.pdnd.key_id", rule: text(shortText), required: true},
	{path: "inps.pdnd.key", rule: secretPath, required: true},
	{path: "inps.pdnd.purpose_id", rule: uuid, required: true},
	{path: "inps.login", rule: oneOf("assertion", LoginCard), def: "assertion"},
	{path: "inps.card_url", rule: address, def: ""},

	{path: "comune.url", rule: address, required: true, optional: true},
	{path: "comune.ca", rule: path, required: true},
	{path: "comune.certificate", rule: path, required: true},
	{path: "comune.key", rule: secretPath, required: true},
	{path: "comune.sealing_keys[].file", rule: path, required: true, some: true},
	{path: "comune.sealing_keys[].from", rule: day, required: true},
	{path: "comune.sealing_keys[].until", rule: day, required: true},
	{path: "comune.confirmation", rule: path, required: true},
	{path: "comune.controller", rule: text(longText), required: true},
	{path: "comune.contact", rule: text(longText), required: true},
	{path: "comune.notice_version", rule: noticeVersion, required: true},
	{path: "comune.phone", rule: telephone, required: true},

	{path: "catalogue.certificate", rule: path, def: ""},

	{path: "session.resume", rule: duration(0, 5*time.Minute), def: time.Minute},
	{path: "session.presence_required", rule: yesNo, def: false, plain: true},
	{path: "session.presence_limit", rule: duration(time.Minute, 12*time.Hour), def: 30 * time.Minute},

	{path: "officers[].pseudonym", rule: like(`[0-9a-z][0-9a-z-]{0,14}`, "a short name of at most 15 small letters, figures and hyphens, not the person's own", "op-7"), required: true},
	{path: "officers[].name", rule: text(shortText), required: true},
	{path: "officers[].card_sha256", rule: like(`[0-9a-f]{64}`, "64 digits and small letters a to f", exampleDigest), required: true},

	{path: "data.directory", rule: path, def: "/var/lib/pue"},

	{path: "sockets.ui", rule: socket, def: "/run/pue/ui.sock"},
	{path: "sockets.control", rule: socket, def: "/run/pue/control.sock"},
	{path: "sockets.ui_users", rule: user, list: true, def: []string{"pue-ui"}},
	{path: "sockets.control_users", rule: user, list: true, def: []string{"root"}},

	{path: "log.level", rule: oneOf("debug", "info", "warn", "error"), def: "info"},
}

// exampleDigest is the SHA-256 of nothing.
const exampleDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

var (
	telephone     = like(`\+?[0-9][0-9 ]{2,18}`, "digits and spaces", "803 164")
	noticeVersion = like(`[0-9A-Za-z][0-9A-Za-z._-]{0,31}`, "a short name without spaces", "2026-1")
	uuid          = like(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`, "a UUID in small letters", "5d9c2f1e-3b7a-4c06-8e21-d4f0a6b97c35")
	night         = like(`([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]`, "two times of the day with a dash", "22:00-06:00")
	user          = like(`[a-z_][a-z0-9_-]{0,31}`, "the name of a user of this system", "pue-ui")
)

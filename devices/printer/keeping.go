package printer

import (
	"context"
	"slices"
	"sync"
)

// LogoMemory remembers over restarts which picture the printer keeps. The memory of
// the printer itself bears some ten thousand writes, so that one for each receipt
// would wear it out within months.
type LogoMemory interface {
	Stored(ctx context.Context, hash string) (bool, error)
	NoteStored(ctx context.Context, hash string) error
}

// UseLogo has the printer print pic where documents have a [Logo], and keep it where
// it can. It must come before [Printer.Run]. With no memory the picture is stored
// once in the life of the program.
func (p *Printer) UseLogo(pic *Picture, memory LogoMemory) {
	p.setup.Logo = pic
	p.keeping.memory = memory
}

// LimitPictures sets [Setup.PictureLimit]. It must come before [Printer.Run].
func (p *Printer) LimitPictures(bytes int) { p.setup.PictureLimit = bytes }

// keeping is what is known of the picture in the printer.
type keeping struct {
	memory LogoMemory

	mu    sync.Mutex
	known bool // asked the memory, and stored what was missing as far as it went
	kept  bool
}

// keepLogo sees to it that the printer keeps the logo, and says whether it does. An
// attempt without a confirmation is not repeated before the next start: until then
// the picture is sent each time, or left out.
func (p *Printer) keepLogo(ctx context.Context, d Document) bool {
	p.keeping.mu.Lock()
	defer p.keeping.mu.Unlock()
	if p.keeping.known || !d.hasLogo() {
		return p.keeping.kept
	}
	command := p.setup.StoreLogo()
	if command == nil {
		p.keeping.known = true
		return false
	}
	hash := p.setup.logoHash()
	if p.keeping.memory != nil {
		stored, err := p.keeping.memory.Stored(ctx, hash)
		if err != nil {
			p.log.Warn("logo in the printer not known, so not used", "err", err)
			return false
		}
		if p.keeping.known, p.keeping.kept = stored, stored; stored {
			return true
		}
	}
	r := p.deliver(ctx, newJob(ctx, [][]byte{p.afterHalf(command)}, unwitnessed{}))
	if r.Outcome == NotPrinted {
		return false // nothing was sent; the document will say why
	}
	p.keeping.known, p.keeping.kept = true, r.Outcome == Printed
	p.log.Info("logo sent to the printer to keep", "outcome", string(r.Outcome), "reason", r.Reason, "bytes", r.Bytes)
	if p.keeping.kept && p.keeping.memory != nil {
		if err := p.keeping.memory.NoteStored(ctx, hash); err != nil {
			p.log.Warn("logo in the printer not noted, so stored anew after the next start", "err", err)
		}
	}
	return p.keeping.kept
}

// afterHalf is a command that nobody keeps a record of, after blanks that complete
// what an earlier run of the program may have sent of the same: else the printer
// takes the one for the rest of the other, and prints what is left over.
func (p *Printer) afterHalf(command []byte) []byte {
	return slices.Concat(make([]byte, p.longestCommand()), []byte{esc, '@'}, command)
}

func (d Document) hasLogo() bool {
	for _, b := range d.Blocks {
		if _, is := b.(Logo); is {
			return true
		}
	}
	return false
}

// longestCommand is how many bytes the longest command has that may be cut in the
// middle: a picture to keep or to print, or the data of a QR code.
func (p *Printer) longestCommand() int {
	const qrData = 512
	band := rasterHeader + p.profile.MaxRows*((p.profile.Dots+7)/8)
	return max(qrData, band, len(p.setup.StoreLogo()))
}

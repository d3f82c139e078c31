package outbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"pue/kiosk/store"
)

// checkAttachments refuses what the docket has no room for.
func (p Parcel) checkAttachments() error {
	if n := len(p.Attachments); n > attachmentsMost {
		return fmt.Errorf("parcel with %d attachments", n)
	}
	seen := map[string]bool{}
	for _, a := range p.Attachments {
		if _, err := parseID(a.ID); err != nil {
			return fmt.Errorf("attachment's id: %w", err)
		}
		if seen[a.ID] {
			return errors.New("parcel with an attachment twice")
		}
		seen[a.ID] = true
	}
	return nil
}

// enclosure is what Put does about the documents of one parcel.
type enclosure struct {
	outbox *Outbox
	dir    string // of the submission
	taken  []part
}

// enclose gives the documents of p the names under which its submission will
// find them. What comes of it is up to done.
func (b *Outbox) enclose(p Parcel) (*enclosure, error) {
	e := &enclosure{outbox: b, dir: b.attachmentDir(p.ID)}
	if len(p.Attachments) == 0 {
		return e, nil
	}
	if err := e.take(p.Attachments); err != nil {
		return nil, err
	}
	if err := e.link(); err != nil {
		e.done(err)
		return nil, fmt.Errorf("placing the documents: %w", roomless(err))
	}
	return e, nil
}

// take makes the caller the only one who has these documents.
func (e *enclosure) take(wanted []Attachment) error {
	parts := &e.outbox.parts
	parts.Lock()
	defer parts.Unlock()
	for _, a := range wanted {
		if has, ok := parts.byID[a.ID]; !ok || has.Sealed != a.Sealed || has.Digest != a.Digest {
			return ErrNoAttachment
		}
	}
	for _, a := range wanted {
		e.taken = append(e.taken, parts.byID[a.ID])
		delete(parts.byID, a.ID)
	}
	return nil
}

// link gives each document its second name. The first one stays until the
// submission is stored, so that a Put that fails can be tried again.
func (e *enclosure) link() error {
	if err := errors.Join(os.RemoveAll(e.dir), os.Mkdir(e.dir, 0o700)); err != nil {
		return err
	}
	for _, p := range e.taken {
		if err := os.Link(p.path, filepath.Join(e.dir, p.ID+sealedSuffix)); err != nil {
			return err
		}
	}
	return errors.Join(syncDir(e.dir), syncDir(e.outbox.o.Attachments))
}

// done ends what enclose began, with the outcome of storing the submission.
// Where that is not known, both names stay until the store has been opened again.
func (e *enclosure) done(err error) {
	switch {
	case len(e.taken) == 0, errors.Is(err, store.ErrUnknown):
		return
	case err == nil:
		for _, p := range e.taken {
			e.outbox.tidied(os.Remove(p.path))
		}
		return
	}
	e.outbox.tidied(os.RemoveAll(e.dir))
	e.outbox.parts.Lock()
	defer e.outbox.parts.Unlock()
	for _, p := range e.taken {
		e.outbox.parts.byID[p.ID] = p
	}
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

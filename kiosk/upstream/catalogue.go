package upstream

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// catalogueMost is the largest bundle of services, bytes, as it travels and
// after decompression.
const catalogueMost = 2 << 20

// etagForm is a strong entity tag (RFC 9110 §8.8.3).
var etagForm = regexp.MustCompile(`^"[!#-~]{1,120}"$`)

// Catalogue fetches the bundle of services unless it is the one of that tag: no
// bundle and no error mean that nothing has changed, ErrNothing that INPS gives
// none out. It goes on where a broken
// line stopped it. Whether the bundle is to be believed is for its own signature
// to say.
func (c *Client) Catalogue(ctx context.Context, etag string) (jws []byte, newETag string, err error) {
	var p arrival
	for barren := 0; !p.whole; {
		before := len(p.body)
		err := c.cataloguePiece(ctx, etag, &p)
		if len(p.body) > before {
			barren = 0
		} else if err != nil {
			barren++
		}
		if err != nil && (barren == barrenMost || !brokenLine(err) || ctx.Err() != nil) {
			return nil, "", fmt.Errorf("fetching the catalogue: %w", err)
		}
		if p.unchanged {
			return nil, etag, nil
		}
	}
	if jws, err = p.unpack(); err != nil {
		return nil, "", fmt.Errorf("fetching the catalogue: %w", err)
	}
	return jws, p.etag, nil
}

// arrival is what has arrived of one version of the bundle.
type arrival struct {
	etag      string
	gzipped   bool
	body      []byte
	whole     bool
	unchanged bool
}

func (c *Client) cataloguePiece(ctx context.Context, etag string, p *arrival) error {
	h := http.Header{"Accept-Encoding": {"gzip"}}
	switch {
	case p.etag != "" && len(p.body) > 0:
		h.Set("Range", fmt.Sprintf("bytes=%d-", len(p.body)))
		h.Set("If-Range", p.etag)
	case etagForm.MatchString(etag):
		h.Set("If-None-Match", etag)
	}
	a, err := c.do(ctx, call{
		name: "catalogue", method: http.MethodGet, path: "/catalogue", accept: joseType,
		limit: catalogueMost, header: h, pieces: true,
	})
	switch a.status {
	case 0:
		return err
	case http.StatusNotModified:
		p.unchanged = h.Get("If-None-Match") != ""
		if !p.unchanged {
			return fmt.Errorf("%w: unchanged, though nobody asked", ErrContract)
		}
		return nil
	case http.StatusOK, http.StatusPartialContent:
		return p.add(a, err)
	}
	if err != nil {
		return err
	}
	if a.status == http.StatusNotFound && a.problem() == "not-known" {
		return ErrNothing
	}
	return a.refusal()
}

// add puts what arrived where it belongs: a whole begins anew, a part goes on.
func (p *arrival) add(a answer, cut error) error {
	tag := a.header.Get("ETag")
	encoding := a.header.Get("Content-Encoding")
	if a.media != joseType || !etagForm.MatchString(tag) || encoding != "" && encoding != "gzip" {
		return fmt.Errorf("%w: bundle of media type %q", ErrContract, told(a.media))
	}
	if a.status == http.StatusOK {
		*p = arrival{etag: tag, gzipped: encoding == "gzip", body: a.body, whole: cut == nil}
		return cut
	}
	total, ok := strings.CutPrefix(a.header.Get("Content-Range"), fmt.Sprintf("bytes %d-", len(p.body)))
	_, size, _ := strings.Cut(total, "/")
	n, err := strconv.Atoi(size)
	if !ok || err != nil || tag != p.etag || len(p.body)+len(a.body) > min(n, catalogueMost) {
		return fmt.Errorf("%w: another piece than was asked for", ErrContract)
	}
	p.body = append(p.body, a.body...)
	p.whole = cut == nil && len(p.body) == n
	if cut == nil && !p.whole && len(a.body) == 0 {
		return fmt.Errorf("%w: an empty piece", ErrContract)
	}
	return cut
}

// unpack decompresses, and refuses what grows beyond all measure.
func (p *arrival) unpack() ([]byte, error) {
	if !p.gzipped {
		return p.body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(p.body))
	if err != nil {
		return nil, fmt.Errorf("%w: not gzip", ErrContract)
	}
	jws, err := io.ReadAll(io.LimitReader(z, catalogueMost+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: gzip that cannot be read", ErrContract)
	case len(jws) > catalogueMost:
		return nil, fmt.Errorf("%w: a bundle of more than %d bytes", ErrContract, catalogueMost)
	}
	return jws, nil
}

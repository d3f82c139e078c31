package upstream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

func runOutbox(t *testing.T, box *outbox.Outbox, s outbox.Sender) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- box.Run(ctx, s) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// wire is a line that counts what is written to it, breaks once after so many
// bytes, and may be watched.
type wire struct {
	mu      sync.Mutex
	wrote   int64
	breakAt int64 // 0: never
	watch   func(wrote int64)
}

func (w *wire) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &wired{conn, w}, nil
}

type wired struct {
	net.Conn
	wire *wire
}

func (c *wired) Write(p []byte) (int, error) {
	w := c.wire
	w.mu.Lock()
	defer w.mu.Unlock()
	part := p
	if left := w.breakAt - w.wrote; w.breakAt > 0 && left <= int64(len(p)) {
		part, w.breakAt = p[:max(left, 0)], 0
	}
	n, err := c.Conn.Write(part)
	w.wrote += int64(n)
	if w.watch != nil {
		w.watch(w.wrote)
	}
	if err == nil && n < len(p) {
		c.Close()
		err = errors.New("the line broke")
	}
	return n, err
}

func onWire(w *wire) func(*upstream.Options) {
	return func(o *upstream.Options) { o.Dial = w.dial }
}

// The line breaks once, at any place of the document; what had arrived is not
// sent again.
func TestADocumentGoesOnWhereTheLineBroke(t *testing.T) {
	const size = 6 * chunk
	w := &wire{}
	r := newRoad(t, onWire(w))
	r.send(r.confirm(0, r.attach(scan(1, size), nil)))
	whole := w.wrote
	if whole < size || whole > size+chunk/2 {
		t.Fatalf("%d bytes on a whole line for %d", whole, size)
	}
	breaks, counted := 0, 0
	for n, at := 1, int64(chunk/4); at < whole; n, at = n+1, at+chunk/3 {
		w := &wire{}
		client := newClient(t, r.dir, r.url, onWire(w))
		e := r.confirm(n, r.attach(scan(uint32(n), size), nil))
		w.breakAt = at
		e = r.sendBy(client, e)
		if e.State != outbox.Filed {
			t.Fatalf("broken at %d it is %s, %q", at, e.State, e.Reason)
		}
		if w.breakAt == 0 {
			breaks++
		}
		if w.wrote > size+2*chunk {
			t.Errorf("broken at %d: %d bytes on the wire for %d", at, w.wrote, size)
		}
		if e.Attempts > 1 {
			counted++
		}
	}
	if filed := len(r.sim.Filed()); filed != breaks+1 || breaks < 15 {
		t.Errorf("%d filed, the line broke %d times", filed, breaks)
	}
	if counted > 1 { // the one of which the submission itself was on the way
		t.Errorf("%d breaks counted as attempts", counted)
	}
}

func TestAnAnswerThatIsLostAfterEachChunkCostsNoChunk(t *testing.T) {
	const size = 6 * chunk
	r := newRoad(t)
	e := r.confirm(1, r.attach(scan(1, size), nil))
	w := &wire{}
	// The line breaks when a whole chunk has just been handed over.
	const signatures = 2 << 10 // that go with each, about
	last := int64(0)
	w.watch = func(wrote int64) {
		if wrote-last > chunk+signatures {
			last, w.breakAt = wrote, wrote+1
		}
	}
	e = r.sendBy(newClient(t, r.dir, r.url, onWire(w)), e)
	if e.State != outbox.Filed || w.wrote > size+2*chunk {
		t.Errorf("%s, %d bytes on the wire for %d", e.State, w.wrote, size)
	}
}

func TestOthersPassBetweenThePiecesOfALargeDocument(t *testing.T) {
	r := newRoad(t)
	large := r.confirm(1, r.attach(scan(1, 30*chunk), nil))
	const put = "PUT /applications/{id}/attachments/{aid}/chunks/{n}"
	var small outbox.Entry
	at := 0
	c := passing{r.client, func() {
		if at++; at == 2 {
			small = r.confirm(2)
		}
	}}
	stop := runOutbox(t, r.Outbox, c)
	defer stop()
	if e, err := r.Await(t.Context(), large.ID); err != nil || e.State != outbox.Filed || e.Attempts != 1 {
		t.Fatalf("%+v, %v", e, err)
	}
	filed := r.sim.Filed()
	if len(filed) != 2 || filed[0].ID != small.ID {
		t.Errorf("the large one was filed first: %+v", filed)
	}
	if n := r.sim.Requests()[put]; n != 30 {
		t.Errorf("%d chunks", n)
	}
}

// passing tells when a piece is about to go.
type passing struct {
	*upstream.Client
	before func()
}

func (p passing) SendAttachments(ctx context.Context, parcel outbox.Parcel) error {
	p.before()
	return p.Client.SendAttachments(ctx, parcel)
}

// Terminal and reference side together hold a few chunks of 10 MiB, from the
// scanner to the filing.
func TestADocumentOfTenMebibytesIsNeverHeldAsAWhole(t *testing.T) {
	most, base := uint64(0), uint64(0)
	look := func() {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
	}
	w, last := &wire{}, int64(0)
	w.watch = func(wrote int64) {
		if wrote-last > 512<<10 {
			last = wrote
			look()
		}
	}
	r := newRoad(t, onWire(w))
	r.send(r.confirm(0, r.attach(scan(1, 100), nil))) // connections, pools and tables are there
	look()
	base, most = most, 0
	e := r.confirm(1, r.attach(&watched{scan(1, largest), look, 0}, nil))
	if e = r.send(e); e.State != outbox.Filed {
		t.Fatalf("it is %s, %q", e.State, e.Reason)
	}
	look()
	if most > base+2<<20 {
		t.Errorf("%d KiB more than before", (most-base)>>10)
	}
	t.Logf("%d KiB before, at most %d KiB more", base>>10, (int64(most)-int64(base))>>10)
	if f := r.sim.Filed(); len(f) != 2 || f[1].Attachments[0].Size != largest {
		t.Errorf("filed %+v", f)
	}
}

// watched looks now and then while it is read.
type watched struct {
	r    io.Reader
	look func()
	n    int
}

func (w *watched) Read(p []byte) (int, error) {
	if w.n++; w.n%16 == 0 {
		w.look()
	}
	return w.r.Read(p)
}

func TestEveryAnswerToAChunkHasOneMeaning(t *testing.T) {
	problem := func(key string) string { return `{"type":"urn:pue:problem:` + key + `"}` }
	// there answers the question; then the chunk gets h.
	there := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut {
				h(w, r)
				return
			}
			_, id, _ := strings.Cut(r.URL.Path, "/attachments/")
			answering(200, jsonType, fmt.Sprintf(`{"id":%q,"chunks":0}`, id))(w, r)
		}
	}
	says := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, id, _ := strings.Cut(r.URL.Path, "/attachments/")
			answering(200, jsonType, strings.ReplaceAll(body, "ID", id))(w, r)
		}
	}
	// second takes a chunk, and then h answers.
	second := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/0") {
				answering(200, jsonType, `{}`)(w, r)
				return
			}
			h(w, r)
		}
	}
	for _, c := range []struct {
		name string
		h    http.HandlerFunc
		want string
	}{
		{"captive portal", answering(200, "text/html", portal), "unknown"},
		{"redirect", answering(302, "text/html", portal, "Location", "/elsewhere"), "unknown"},
		{"another attachment", says(`{"id":"x","chunks":1}`), "unknown"},
		{"no number", says(`{"id":"ID"}`), "unknown"},
		{"less than none", says(`{"id":"ID","chunks":-1}`), "unknown"},
		{"more than there are", says(`{"id":"ID","chunks":3}`), "unknown"},
		{"a number beyond numbers", says(`{"id":"ID","chunks":1e400}`), "unknown"},
		{"all are there", says(`{"id":"ID","chunks":2}`), ""},
		{"INPS without attachments", answering(404, problemType, problem("no-such-path")), "unknown"},
		{"busy", answering(503, problemType, problem("busy"), "Retry-After", "9"), "busy"},
		{"a gateway is busy", answering(503, "text/html", portal), "unknown"},
		{"a gateway is busy for a time", answering(503, "text/html", portal, "Retry-After", "9"), "busy+unknown"},
		{"not this terminal", answering(403, problemType, problem("terminal-certificate")), "paused"},
		{"broken", answering(500, problemType, problem("chunks")), "unknown"},
		{"chunk: portal", there(answering(200+2, "text/html", portal)), "unknown"},
		{"chunk: busy", there(answering(429, problemType, problem("quota"))), "busy"},
		{"chunk: not this terminal", there(answering(401, problemType, problem("terminal-certificate"))), "paused"},
		{"chunk: other bytes", there(answering(409, problemType, problem("other-body"))), "refused"},
		{"chunk: out of order", there(answering(409, problemType, problem("chunk-order"))), "unknown"},
		{"chunk: too many", there(answering(413, problemType, problem("too-large"))), "refused"},
		{"chunk: too large for a gateway", there(answering(413, "text/html", portal)), "unknown"},
		{"chunk: no such operation", there(answering(405, problemType, problem("method"))), "unknown"},
		{"chunk: a gateway is busy", there(answering(503, "text/html", portal)), "unknown"},
		{"chunk: a gateway is busy for a time", there(answering(503, "text/html", portal, "Retry-After", "9")), "busy+unknown"},
		{"second chunk: a gateway is busy", there(second(answering(503, "text/html", portal))), "no-line"},
		{"second chunk: a gateway is busy for a time", there(second(answering(503, "text/html", portal, "Retry-After", "9"))), "busy"},
		{"chunk: connection cut", there(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, dir := hostile(t, c.h)
			r := &road{&rig{dir: dir, client: client}, newOutbox(t), t}
			p := r.parcel(1, r.attach(scan(1, 2*chunk), nil))
			if err := client.SendAttachments(t.Context(), p); meaning(err) != c.want || (err == nil) != (c.want == "") {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// parcel is one as the outbox hands it out, of a submission that is not stored.
func (r *road) parcel(n int, documents ...outbox.Attachment) outbox.Parcel {
	p := pack(r.t, r.client, n)
	p.Attachments = slices.Clone(documents)
	return p
}

func TestALineThatGivesOutAfterSomeChunksIsNoUnknownOutcome(t *testing.T) {
	w := &wire{}
	r := newRoad(t, onWire(w))
	p := r.parcel(1, r.attach(scan(1, 3*chunk), nil))
	w.breakAt = 2*chunk + chunk/2
	if err := r.client.SendAttachments(t.Context(), p); meaning(err) != "no-line" {
		t.Errorf("after two chunks: %v", err)
	}
	w.breakAt = w.wrote + chunk/2
	if err := r.client.SendAttachments(t.Context(), p); meaning(err) != "unknown" {
		t.Errorf("in the first one: %v", err)
	}
	r.sim.SetLine(false)
	if err := r.client.SendAttachments(t.Context(), p); meaning(err) != "no-line" {
		t.Errorf("without a line: %v", err)
	}
	r.sim.SetLine(true)
	if err := r.client.SendAttachments(t.Context(), p); err != nil {
		t.Errorf("in the end: %v", err)
	}
	if n := r.sim.Requests()["PUT /applications/{id}/attachments/{aid}/chunks/{n}"]; n > 5 {
		t.Errorf("%d chunks for 3", n)
	}
}

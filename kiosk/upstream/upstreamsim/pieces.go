package upstreamsim

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
)

// oneRange is the only form of Range the contract has: one run of bytes.
var oneRange = regexp.MustCompile(`^bytes=([0-9]{1,9})-([0-9]{0,9})$`)

// servePieces gives a body as a whole or, on request, a run of its bytes (RFC
// 9110 §14). A Range of another form is left unheard, as the RFC wants.
func servePieces(w http.ResponseWriter, r *http.Request, media, etag string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("ETag", etag)
	h.Set("Accept-Ranges", "bytes")
	asked := oneRange.FindStringSubmatch(r.Header.Get("Range"))
	if condition := r.Header.Get("If-Range"); asked == nil || condition != "" && condition != etag {
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(http.StatusOK)
		w.Write(body)
		return
	}
	from, _ := strconv.Atoi(asked[1])
	to := len(body) - 1
	if last, err := strconv.Atoi(asked[2]); err == nil {
		to = min(to, last)
	}
	if from > to {
		h.Del("ETag")
		h.Set("Content-Range", fmt.Sprintf("bytes */%d", len(body)))
		refuse(w, http.StatusRequestedRangeNotSatisfiable, "range", "there are no such bytes")
		return
	}
	h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(body)))
	h.Set("Content-Length", strconv.Itoa(to-from+1))
	w.WriteHeader(http.StatusPartialContent)
	w.Write(body[from : to+1])
}

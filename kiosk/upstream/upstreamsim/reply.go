package upstreamsim

import (
	"encoding/json"
	"net/http"
)

// reply writes JSON. What is marshalled here are this package's own small
// structs, which cannot fail.
func reply(w http.ResponseWriter, status int, body any) {
	write(w, status, "application/json", body)
}

// refuse writes a problem (RFC 9457) whose type is a key for programs; detail
// is for the technician's log and holds nothing personal.
func refuse(w http.ResponseWriter, status int, key, detail string) {
	write(w, status, "application/problem+json", map[string]any{
		"type": "urn:pue:problem:" + key, "title": http.StatusText(status), "status": status, "detail": detail,
	})
}

// refuseGrant writes an error of the token endpoint (RFC 6749 §5.2), as a problem
// with its members.
func refuseGrant(w http.ResponseWriter, key, detail string) {
	write(w, http.StatusBadRequest, "application/problem+json", map[string]any{
		"type": "urn:pue:problem:grant", "title": http.StatusText(http.StatusBadRequest), "status": http.StatusBadRequest,
		"error": key, "error_description": detail,
	})
}

func write(w http.ResponseWriter, status int, media string, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	w.Write(data)
}

package trust

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

const (
	answerPatience = 5 * time.Second // for one answer about one card
	listPatience   = 5 * time.Minute // for a long list over a thin line
	maxAnswer      = 64 << 10        // bytes; usually 2 KiB
	maxList        = 32 << 20        // bytes; the longest in Italy have some megabytes
	maxRedirects   = 3
)

// DialFunc is how a connection begins.
type DialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// Public reports whether an address may be one of an authority. All others are
// the town hall's own machines, or this one: a certificate must not make the
// terminal knock at them.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}

// shared is the space that providers use behind their own lines (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// Client makes a client that connects only to addresses that may be reached, and
// each by dial, so that somebody can count what the line carries.
func Client(dial DialFunc, may func(netip.Addr) bool) *http.Client {
	guarded := func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		if err != nil {
			return nil, err
		}
		var problems []error
		for _, a := range all {
			if a = a.Unmap(); !may(a) {
				problems = append(problems, fmt.Errorf("%s is no address of an authority", a))
				continue
			}
			conn, err := dial(ctx, network, net.JoinHostPort(a.String(), port))
			if err == nil {
				return conn, nil
			}
			problems = append(problems, err)
		}
		return nil, errors.Join(problems...)
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: guarded, DisableKeepAlives: true, DisableCompression: true,
			TLSHandshakeTimeout: answerPatience, ResponseHeaderTimeout: answerPatience * 2,
		},
		CheckRedirect: func(to *http.Request, via []*http.Request) error {
			switch {
			case len(via) > maxRedirects:
				return errors.New("sent on too often")
			case via[0].URL.Scheme == "https" && to.URL.Scheme != "https":
				return errors.New("sent on to where nobody vouches for the server")
			}
			return fetchable(to.URL.String())
		},
	}
}

// fetchable says why an address that a certificate names is not asked. Many name
// a directory (LDAP) as well.
func fetchable(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return err
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.User != nil:
		return errors.New("it is not a web address")
	}
	return nil
}

// post sends a question about a card and reads the answer.
func post(ctx context.Context, client *http.Client, address string, request []byte) ([]byte, error) {
	if err := fetchable(address); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(request))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/ocsp-request")
	req.Header.Set("Accept", "application/ocsp-response")
	body, _, err := do(client, req, maxAnswer)
	return body, err
}

// errSame: the server has nothing newer.
var errSame = errors.New("nothing newer is there")

// get fetches a list, unless it is still the one that tag is of.
func get(ctx context.Context, client *http.Client, address, tag string) (body []byte, newTag string, err error) {
	if err := fetchable(address); err != nil {
		return nil, "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", err
	}
	if tag != "" {
		req.Header.Set("If-None-Match", tag)
	}
	return do(client, req, maxList)
}

func do(client *http.Client, req *http.Request, most int64) (body []byte, tag string, err error) {
	resp, err := client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotModified && req.Header.Get("If-None-Match") != "":
		return nil, "", errSame
	case resp.StatusCode != http.StatusOK:
		return nil, "", fmt.Errorf("the server answers %s", resp.Status)
	}
	if body, err = io.ReadAll(io.LimitReader(resp.Body, most+1)); err != nil {
		return nil, "", err
	}
	if int64(len(body)) > most {
		return nil, "", fmt.Errorf("the server sends more than %d bytes", most)
	}
	return body, resp.Header.Get("ETag"), nil
}

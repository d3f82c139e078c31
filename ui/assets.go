package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
)

//go:embed static
var static embed.FS

// assets are the files beside the pages by address. An address contains a
// fingerprint of the bytes, so that a window may keep them for ever.
type assets map[string]asset

type asset struct {
	name   string
	kind   string
	bytes  []byte
	packed []byte // the same in gzip, nil where that gains nothing
}

var kinds = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".woff2": "font/woff2",
	".txt":   "text/plain; charset=utf-8",
}

// loadAssets reads the embedded files. Fonts come first, because the stylesheet
// names their addresses; the stylesheet begins with the size of a millimetre.
func loadAssets(mm float64) (assets, error) {
	files, err := static.ReadDir("static")
	if err != nil {
		return nil, err
	}
	all := assets{}
	var style []byte
	for _, f := range files {
		src, err := static.ReadFile("static/" + f.Name())
		switch {
		case err != nil:
			return nil, err
		case f.Name() == "style.css":
			style = src
		case path.Ext(f.Name()) == ".js":
			all.add(f.Name(), squeezeScript(src))
		default:
			all.add(f.Name(), src)
		}
	}
	css := fmt.Sprintf(":root{--mm:%.3fpx}%s", mm, squeezeStyle(inPixels(style, mm)))
	for address, a := range all {
		css = strings.ReplaceAll(css, "url("+a.name+")", "url("+address+")")
	}
	all.add("style.css", []byte(css))
	return all, nil
}

func (a assets) add(name string, content []byte) {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	address := "/static/" + strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
	file := asset{name: name, kind: kinds[ext], bytes: content}
	if strings.HasPrefix(file.kind, "text/") {
		file.packed = pack(content)
	}
	a[address] = file
}

// pack compresses with gzip (RFC 1952).
func pack(src []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = w.Write(src) // a bytes.Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// address finds a file by its plain name.
func (a assets) address(name string) (string, error) {
	for address, file := range a {
		if file.name == name {
			return address, nil
		}
	}
	return "", fmt.Errorf("no file %q beside the pages", name)
}

// ServeHTTP implements [http.Handler].
func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := a[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", file.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Vary", "Accept-Encoding")
	if file.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(file.packed)
		return
	}
	_, _ = w.Write(file.bytes)
}

var millimetres = regexp.MustCompile(`calc\(([\d.]+) \* var\(--mm\)\)`)

// inPixels works out what the stylesheet says in whole or broken millimetres.
func inPixels(src []byte, mm float64) []byte {
	return millimetres.ReplaceAllFunc(src, func(expression []byte) []byte {
		n, err := strconv.ParseFloat(string(millimetres.FindSubmatch(expression)[1]), 64)
		if err != nil {
			return expression
		}
		return append(strconv.AppendFloat(nil, math.Round(n*mm*100)/100, 'f', -1, 64), "px"...)
	})
}

var (
	blockComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	lineComment  = regexp.MustCompile(`(?m)^\s*//.*$`)
	indentation  = regexp.MustCompile(`\n\s*`)
	cssSpaces    = regexp.MustCompile(`\s*([{};,>])\s*`)
	cssColon     = regexp.MustCompile(`: +`)
)

// squeezeStyle takes away what people need and browsers do not.
func squeezeStyle(src []byte) []byte {
	src = blockComment.ReplaceAll(src, nil)
	src = cssSpaces.ReplaceAll(src, []byte("$1"))
	src = cssColon.ReplaceAll(src, []byte(":"))
	return indentation.ReplaceAll(src, []byte(" "))
}

// squeezeScript drops comments that stand on lines of their own, and indentation.
// Lines stay lines, so that the meaning of a line's end does not change.
func squeezeScript(src []byte) []byte {
	src = blockComment.ReplaceAll(src, nil)
	src = lineComment.ReplaceAll(src, nil)
	return indentation.ReplaceAll(src, []byte("\n"))
}

package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// Display starts an X server that shows nothing to anybody and returns its name.
func (s *Stack) Display(ctx context.Context) (string, error) {
	server, err := program("Xvfb", "xvfb")
	if err != nil {
		return "", err
	}
	p, err := s.launch("xvfb", nil, server, "-displayfd", "1", "-nolisten", "tcp", "-noreset",
		"-screen", "0", fmt.Sprintf("%dx%dx24", s.o.Width, s.o.Height))
	if err != nil {
		return "", err
	}
	number, err := p.says(ctx, "its number", func(line string) bool {
		_, err := strconv.Atoi(line)
		return err == nil
	})
	return ":" + number, err
}

// Photograph waits until the screen stands still with something on it, and
// returns it as a PNG.
func Photograph(ctx context.Context, display string) ([]byte, error) {
	var before *image.RGBA
	for again := time.NewTicker(150 * time.Millisecond); ; {
		now, err := photograph(ctx, display)
		if err != nil {
			return nil, err
		}
		if before != nil && bytes.Equal(now.Pix, before.Pix) && !blank(now) {
			again.Stop()
			var out bytes.Buffer
			err := png.Encode(&out, now)
			return out.Bytes(), err
		}
		before = now
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the window to paint: %w", context.Cause(ctx))
		}
	}
}

func photograph(ctx context.Context, display string) (*image.RGBA, error) {
	camera, err := program("import", "imagemagick")
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, camera, "-silent", "-window", "root", "png24:-")
	cmd.Env = append(os.Environ(), "DISPLAY="+display)
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(failed.Stderr))
	}
	if err != nil {
		return nil, fmt.Errorf("photographing the screen: %w", err)
	}
	picture, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		return nil, fmt.Errorf("reading the photograph: %w", err)
	}
	plain := image.NewRGBA(picture.Bounds())
	draw.Draw(plain, plain.Bounds(), picture, picture.Bounds().Min, draw.Src)
	return plain, nil
}

// blank reports whether a picture is of one colour.
func blank(picture *image.RGBA) bool {
	const pixel = 4 // bytes
	for i := pixel; i < len(picture.Pix); i += pixel {
		if !bytes.Equal(picture.Pix[i:i+pixel], picture.Pix[:pixel]) {
			return false
		}
	}
	return true
}

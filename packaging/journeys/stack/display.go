package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
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

// alike is how far two pictures of one page may be apart, in levels of 255 on
// average over coarse cells. Measured: one page in two browser engines, whose
// words are a little apart, at most 1.4; two pages of a journey at least 8.
const alike = 2.0

// Photograph waits until the screen shows what a picture of the page shows, and
// returns the screen as a PNG.
func Photograph(ctx context.Context, display string, page []byte) ([]byte, error) {
	want, err := png.Decode(bytes.NewReader(page))
	if err != nil {
		return nil, fmt.Errorf("reading the picture of the page: %w", err)
	}
	var last []byte
	apart := math.Inf(1)
	for again := time.NewTicker(150 * time.Millisecond); ; {
		photo, now, err := photograph(ctx, display)
		if err != nil && ctx.Err() == nil {
			return last, err
		}
		if err == nil {
			last, apart = photo, distance(now, want)
		}
		if apart <= alike {
			again.Stop()
			return last, nil
		}
		select {
		case <-again.C:
		case <-ctx.Done(): // which also ends a camera in mid-photograph
			return last, fmt.Errorf("waiting for the window to show the page (they are %.1f apart): %w", apart, context.Cause(ctx))
		}
	}
}

func photograph(ctx context.Context, display string) ([]byte, image.Image, error) {
	camera, err := program("import", "imagemagick")
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.CommandContext(ctx, camera, "-silent", "-window", "root", "-quality", "10", "png:-") // hardly compressed
	cmd.Env = append(os.Environ(), "DISPLAY="+display)
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(failed.Stderr))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("photographing the screen: %w", err)
	}
	picture, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		return nil, nil, fmt.Errorf("reading the photograph: %w", err)
	}
	return out, picture, nil
}

// distance is the mean difference in lightness between two pictures, cell by
// cell, or that of black and white when they are not of one size.
func distance(a, b image.Image) float64 {
	if a.Bounds().Size() != b.Bounds().Size() {
		return 255
	}
	const cell = 64 // pixels: more than two engines set a word apart, less than a button is long
	sum, cells := 0.0, 0
	for y := 0; y+cell <= a.Bounds().Dy(); y += cell {
		for x := 0; x+cell <= a.Bounds().Dx(); x += cell {
			sum += math.Abs(lightness(a, x, y, cell) - lightness(b, x, y, cell))
			cells++
		}
	}
	return sum / float64(max(cells, 1))
}

// lightness is the mean of a cell, every second pixel of it.
func lightness(p image.Image, x, y, cell int) float64 {
	sum := 0
	for dy := 0; dy < cell; dy += 2 {
		for dx := 0; dx < cell; dx += 2 {
			sum += int(color.GrayModel.Convert(p.At(p.Bounds().Min.X+x+dx, p.Bounds().Min.Y+y+dy)).(color.Gray).Y)
		}
	}
	return float64(sum) / float64(cell*cell/4)
}

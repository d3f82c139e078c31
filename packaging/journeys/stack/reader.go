package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// vpcdPort is where the virtual reader waits for a card. It listens on every
// address and cannot be told otherwise, hence the network of its own.
const vpcdPort = 35963

// drivers are where Debian's architectures and releases keep the virtual reader.
var drivers = []string{"/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "/usr/lib/*/pcsc/drivers/serial/libifdvpcd.so"}

// enclosed starts the real pcscd where nothing but us reaches it: a network with
// only loopback, and a /run of its own, whose pcscd folder is the given one. The
// first words are for the shell, the others its arguments.
const enclosed = `mount -t tmpfs tmpfs /run && mkdir /run/pcscd && mount --bind "$1" /run/pcscd && ip link set lo up && exec "$2" --foreground --config "$3"`

// startReaders starts pcscd with the virtual reader.
func (s *Stack) startReaders(ctx context.Context) error {
	pcscd, err := program("pcscd", "pcscd")
	if err != nil {
		return err
	}
	driver, err := virtualReader()
	if err != nil {
		return err
	}
	config := s.path("readers")
	if err := os.MkdirAll(config, 0o700); err != nil {
		return err
	}
	text := fmt.Sprintf("FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:0x%[1]X\nLIBPATH %[2]s\nCHANNELID 0x%[1]X\n", vpcdPort, driver)
	if err := os.WriteFile(filepath.Join(config, "vpcd.conf"), []byte(text), 0o600); err != nil {
		return err
	}
	if err := os.MkdirAll(s.path("pcscd"), 0o755); err != nil {
		return err
	}
	unshare := append([]string{"unshare"}, s.namespaces()...)
	s.pcscd, err = s.launch("pcscd", nil, append(unshare, "sh", "-c", enclosed, "sh", s.path("pcscd"), pcscd, config)...)
	if err != nil {
		return err
	}
	return s.exists(ctx, s.pcscd, s.readerSocket())
}

// namespaces are what unshare and nsenter are to make and to enter. Without root
// it takes a user namespace around them.
func (s *Stack) namespaces() []string {
	if os.Getuid() == 0 {
		return []string{"--net", "--mount"}
	}
	return []string{"--user", "--map-root-user", "--net", "--mount"}
}

// besideReader is the command line that runs argv in the network of the reader.
func (s *Stack) besideReader(argv ...string) []string {
	enter := []string{"nsenter", "--target", strconv.Itoa(s.pcscd.Pid()), "--net"}
	if os.Getuid() != 0 {
		enter = append(enter, "--user", "--preserve-credentials")
	}
	return append(append(enter, "--"), argv...)
}

func (s *Stack) readerSocket() string { return s.path("pcscd", "pcscd.comm") }

func virtualReader() (string, error) {
	for _, pattern := range drivers {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0], nil
		}
	}
	return "", errors.New("the virtual reader is not installed (Debian package vsmartcard-vpcd): run packaging/setup")
}

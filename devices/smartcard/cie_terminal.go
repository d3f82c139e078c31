package smartcard

import (
	"crypto/rand"
	"crypto/rsa"
	_ "embed"
	"encoding/hex"
	"math/big"
	"strings"
	"sync"
)

// terminalExponent lets a terminal issue itself the certificate that a CIE asks
// for before it talks in secret: the private exponent of the authority whose
// public key every CIE holds. The Ministry publishes it in the sources of its
// own software (italia/cie-middleware-linux and italia/cieid-android-sdk, BSD-3,
// the same in both), so that it is a constant of the protocol and keeps nobody
// out. What protects the citizen is the PIN, and the chip that proves itself.
//
// SHA-256 of its 256 bytes:
// 34360f30fc6c138b9289b5650ea432b6a5f88c0dfca08455a56e3e658bc96fd2
//
//go:embed cie-terminal-exponent.hex
var terminalExponent string

// authorityExponent is terminalExponent as a number.
var authorityExponent = sync.OnceValue(func() *big.Int {
	b, err := hex.DecodeString(strings.Join(strings.Fields(terminalExponent), ""))
	if err != nil {
		panic("smartcard: the embedded exponent is not hexadecimal: " + err.Error())
	}
	return new(big.Int).SetBytes(b)
})

// terminalKey is the key of this terminal towards every CIE. It lives as long as
// the process, because it says nothing about the terminal and takes a while to
// make.
var terminalKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("smartcard: no key for the terminal: " + err.Error()) // only for sizes that are not allowed
	}
	return key
})

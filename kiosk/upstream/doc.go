// Package upstream is the client of the INPS side: the only one that knows its
// addresses, tokens and formats. openapi.yaml in this folder is the contract.
package upstream

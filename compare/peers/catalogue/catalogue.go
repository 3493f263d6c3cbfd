// Package catalogue holds workloads.json, what `list` prints in every peer: the workloads and the
// points at which each is measured; and stacks.json, which Go's peer adds.
//
// The file is embedded here, included by the Rust peer and required by the Node peer, so that the
// three cannot differ; a test compares it with the catalogue of the C++ programs.
package catalogue

import (
	"bytes"
	_ "embed"
)

//go:embed workloads.json
var common []byte

// What is asked of Go alone, whose tasks have stacks too.
//
//go:embed stacks.json
var stacks []byte

// All gives one JSON array of both.
func All() []byte {
	both := bytes.TrimRight(common, "]\n ")
	both = append(append([]byte{}, both...), ',')
	return append(both, bytes.TrimLeft(stacks, "[ \n")...)
}

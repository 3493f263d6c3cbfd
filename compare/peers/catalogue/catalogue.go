// Package catalogue holds workloads.json, what `list` prints in every peer: the workloads and the
// points at which each is measured.
//
// The file is embedded here, included by the Rust peer and required by the Node peer, so that the
// three cannot differ; a test compares it with the catalogue of the C++ programs.
package catalogue

import _ "embed"

//go:embed workloads.json
var JSON []byte

// `http_plaintext` with net/http, Go's own server.

package main

import (
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// runHTTPPlaintext serves until as many connections as told were accepted and have all closed.
func runHTTPPlaintext(p params) (result, error) {
	raiseDescriptorLimit()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return result{}, err
	}
	var answered atomic.Uint64
	var closed sync.WaitGroup
	closed.Add(int(p["connections"]))
	server := http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, "Hello, World!")
			answered.Add(1)
		}),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed || state == http.StateHijacked {
				closed.Done()
			}
		},
	}
	printLine(listening{listener.Addr().(*net.TCPAddr).Port})
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	closed.Wait()
	server.Close()
	if err := <-failed; err != http.ErrServerClosed {
		return result{}, err
	}
	return result{checksum: answered.Load(), expected: answered.Load(), ops: p["connections"]}, nil
}

// `echo`, `read_to_end` and `idle_connections`: TCP servers, a goroutine for each connection.

package main

import (
	"encoding/binary"
	"hash/fnv"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

const (
	echoBufferBytes = 16 * 1024
	idleBufferBytes = 1024
)

// echoWith returns a handler with a buffer of so many bytes; it returns how many bytes it sent back.
func echoWith(bufferBytes int) func(net.Conn) (uint64, error) {
	return func(conn net.Conn) (uint64, error) {
		return echo(conn, make([]byte, bufferBytes))
	}
}

func echo(conn net.Conn, buffer []byte) (uint64, error) {
	total := uint64(0)
	for {
		n, err := conn.Read(buffer)
		if n > 0 {
			if _, err := conn.Write(buffer[:n]); err != nil {
				return total, err
			}
			total += uint64(n)
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// readToEnd returns the hash that it answered with.
func readToEnd(conn net.Conn) (uint64, error) {
	stream, err := io.ReadAll(conn)
	if err != nil {
		return 0, err
	}
	hash := fnv.New64a()
	hash.Write(stream)
	_, err = conn.Write(binary.LittleEndian.AppendUint64(nil, hash.Sum64()))
	return hash.Sum64(), err
}

type listening struct {
	Listening int `json:"listening"`
}

// serve accepts as many connections as told, has each handled by a goroutine of its own, and sums
// up what the handlers return. The first error of any of them fails the run.
func serve(connections int64, handle func(net.Conn) (uint64, error)) (result, error) {
	raiseDescriptorLimit()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return result{}, err
	}
	printLine(listening{listener.Addr().(*net.TCPAddr).Port})
	var sum atomic.Uint64
	var served sync.WaitGroup
	failures := make(chan error, connections)
	for i := int64(0); i < connections; i++ {
		conn, err := listener.Accept()
		if err != nil {
			return result{}, err
		}
		served.Add(1)
		go func() {
			defer served.Done()
			defer conn.Close()
			part, err := handle(conn)
			if err != nil {
				failures <- err
			}
			sum.Add(part)
		}()
	}
	listener.Close()
	served.Wait()
	close(failures)
	// What the clients sent is known only to them, who compare the checksum with their own.
	return result{checksum: sum.Load(), expected: sum.Load(), ops: connections}, <-failures
}

func runEcho(p params) (result, error) {
	return serve(p["connections"], echoWith(echoBufferBytes))
}

func runIdleConnections(p params) (result, error) {
	return serve(p["connections"], echoWith(idleBufferBytes))
}

func runReadToEnd(p params) (result, error) {
	return serve(p["connections"], readToEnd)
}

// An echo server, a load for one, and TLS 1.3: the server's certificate and name are checked.

package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

func echo() {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	must(err)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		connection, err := listener.Accept()
		must(err)
		go func() {
			defer connection.Close()
			buffer := make([]byte, 4096)
			for {
				count, err := connection.Read(buffer)
				if err != nil {
					return
				}
				if _, err = connection.Write(buffer[:count]); err != nil {
					return
				}
			}
		}()
	}
}

func load(port, connections int, duration time.Duration) {
	var exchanges int64
	for i := 0; i < connections; i++ {
		connection, err := net.Dial("tcp4", fmt.Sprint("127.0.0.1:", port))
		must(err)
		go func() {
			request, reply := make([]byte, 64), make([]byte, 64)
			for {
				_, err := connection.Write(request)
				must(err)
				_, err = io.ReadFull(connection, reply)
				must(err)
				atomic.AddInt64(&exchanges, 1)
			}
		}()
	}
	time.Sleep(duration / 2)
	before, start := atomic.LoadInt64(&exchanges), processor()
	fmt.Println("begin")
	time.Sleep(duration)
	count, used := atomic.LoadInt64(&exchanges)-before, processor()-start
	fmt.Printf("%d %.0f\n", count, used)
	os.Exit(0)
}

type secure struct {
	*tls.Conn
	replies *bufio.Reader
}

func (s secure) command() {
	_, err := io.WriteString(s, "CHECK domain example-000000.test with some padding to 64 b\n")
	must(err)
	_, err = s.replies.ReadSlice('\n')
	must(err)
}

func secured(name, port, authority string) workload {
	text, err := os.ReadFile(authority)
	must(err)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		must(errors.New("no certificate in " + authority))
	}
	configuration := &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS13}
	dial := func() secure {
		connection, err := tls.Dial("tcp4", "127.0.0.1:"+port, configuration)
		must(err)
		return secure{connection, bufio.NewReader(connection)}
	}
	switch name {
	case "tls-connect":
		return func() int {
			for i := 0; i < 200; i++ {
				connection := dial()
				connection.command()
				connection.command()
				connection.Close()
			}
			return 200
		}
	case "tls-pool":
		idle := make(chan secure, 10)
		for i := 0; i < cap(idle); i++ {
			idle <- dial()
		}
		return func() int {
			together(20, func() {
				for i := 0; i < 1_000; i++ {
					connection := <-idle
					connection.command()
					idle <- connection
				}
			})
			return 20_000
		}
	}
	return nil
}

// database/sql's own pool over a driver that does nothing, and a channel of connections.

package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"runtime"
)

type dummyDriver struct{}
type dummy struct{ _ int }

func (dummyDriver) Open(string) (driver.Conn, error) { return &dummy{}, nil }
func (*dummy) Prepare(string) (driver.Stmt, error)   { return nil, errors.New("a dummy") }
func (*dummy) Begin() (driver.Tx, error)             { return nil, errors.New("a dummy") }
func (*dummy) Close() error                          { return nil }

var database *sql.DB

func leases(callers, each int) int {
	if database == nil {
		sql.Register("dummy", dummyDriver{})
		opened, err := sql.Open("dummy", "")
		must(err)
		opened.SetMaxOpenConns(10)
		opened.SetMaxIdleConns(10)
		database = opened
	}
	background := context.Background()
	together(callers, func() {
		for i := 0; i < each; i++ {
			connection, err := database.Conn(background)
			must(err)
			if callers > 1 {
				runtime.Gosched()
			}
			must(connection.Close())
		}
	})
	return callers * each
}

func channelLeases(callers, each int) int {
	idle := make(chan *dummy, 10)
	for i := 0; i < cap(idle); i++ {
		idle <- &dummy{}
	}
	together(callers, func() {
		for i := 0; i < each; i++ {
			connection := <-idle
			if callers > 1 {
				runtime.Gosched()
			}
			idle <- connection
		}
	})
	return callers * each
}

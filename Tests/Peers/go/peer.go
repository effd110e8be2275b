// Go on the workloads of `bench`, with the standard library alone.
//
//	peer NAME                        one round; prints what one operation took, in nanoseconds of the process's CPU
//	                                 time, or a line `NAME VALUE` for each of its figures
//	peer NAME PORT AUTHORITY         the same over TLS: the server's port, the certificate to trust
//	peer echo                        an echo server; prints its port; ends when its input does
//	peer load PORT CONNECTIONS MS    sends 64 bytes over each connection and again when they have come back; prints
//	                                 `begin` after half the time to warm up, then how often in the time, and the
//	                                 nanoseconds of CPU time it took
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A round, and how many operations it does.
type workload func() int

var workloads = map[string]workload{
	"switch":                 func() int { return yields(2) },
	"switch-many-1000":       func() int { return yields(1_000) },
	"switch-many-10000":      func() int { return yields(10_000) },
	"spawn":                  spawns,
	"spawn-one":              spawnsSingly,
	"semaphore":              semaphore,
	"semaphore-free":         semaphoreFree,
	"queue":                  queue,
	"channel":                channel,
	"timers":                 timers,
	"timeout":                timeouts,
	"timeout-among-100000":   timeoutsAmongOthers,
	"pool":                   func() int { return leases(1, 1_000_000) },
	"pool-contended":         func() int { return leases(100, 10_000) },
	"pool-channel":           func() int { return channelLeases(1, 10_000_000) },
	"pool-contended-channel": func() int { return channelLeases(100, 10_000) },
}

// Rounds whose figures are not the CPU time of an operation: they print themselves.
var others = map[string]func(){"live": live, "sleep-precision": sleepPrecision, "echo": echo}

func main() {
	runtime.GOMAXPROCS(1)
	words := os.Args[1:]
	if len(words) == 4 && words[0] == "load" {
		load(number(words[1]), number(words[2]), time.Duration(number(words[3]))*time.Millisecond)
		return
	}
	name := ""
	if len(words) > 0 {
		name = words[0]
	}
	if other := others[name]; other != nil {
		other()
		return
	}
	work := workloads[name]
	if len(words) == 3 {
		work = secured(name, words[1], words[2])
	}
	if work == nil {
		fmt.Fprintln(os.Stderr, "no workload", name)
		os.Exit(64)
	}
	work() // warms up
	runtime.GC()
	start := processor()
	count := work()
	fmt.Printf("%.3f\n", (processor()-start)/float64(count))
}

// Nanoseconds that all threads of this process have used: a goroutine may be on any.
func processor() float64 {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano() + usage.Stime.Nano())
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func number(word string) int {
	value, err := strconv.Atoi(word)
	must(err)
	return value
}

// Runs so many at once and waits for all.
func together(count int, body func()) {
	var group sync.WaitGroup
	group.Add(count)
	for i := 0; i < count; i++ {
		go func() {
			defer group.Done()
			body()
		}()
	}
	group.Wait()
}

func yields(count int) int {
	const all = 2_000_000
	together(count, func() {
		for i := 0; i < all/count; i++ {
			runtime.Gosched()
		}
	})
	return all
}

// Each can be joined by itself, as a greenlet can.
func spawn() chan struct{} {
	done := make(chan struct{})
	go close(done)
	return done
}

func spawns() int {
	const count = 100_000
	all := make([]chan struct{}, count)
	for i := range all {
		all[i] = spawn()
	}
	for _, done := range all {
		<-done
	}
	return count
}

func spawnsSingly() int {
	const count = 300_000
	for i := 0; i < count; i++ {
		<-spawn()
	}
	return count
}

// Bytes, of a line of /proc/self/status.
func status(field string) float64 {
	text, err := os.ReadFile("/proc/self/status")
	must(err)
	for _, line := range strings.Split(string(text), "\n") {
		if words := strings.Fields(line); len(words) > 1 && words[0] == field {
			return float64(number(words[1])) * 1024
		}
	}
	return 0
}

func live() {
	const count = 1_000_000
	event := make(chan struct{})
	var parked, ended sync.WaitGroup
	parked.Add(count)
	ended.Add(count)
	resident, tables, start := status("VmRSS:"), status("VmPTE:"), processor()
	for i := 0; i < count; i++ {
		go func() {
			parked.Done()
			<-event
			ended.Done()
		}()
	}
	parked.Wait()
	fmt.Printf("live-park %.3f\n", (processor()-start)/count)
	fmt.Printf("live-bytes %.3f\n", (status("VmRSS:")-resident)/count)
	fmt.Printf("live-page-tables %.3f\n", (status("VmPTE:")-tables)/count)
	start = processor()
	close(event)
	ended.Wait()
	fmt.Printf("live-wake %.3f\n", (processor()-start)/count)
}

func semaphore() int {
	permits := make(chan struct{}, 10)
	together(100, func() {
		for i := 0; i < 10_000; i++ {
			permits <- struct{}{}
			runtime.Gosched()
			<-permits
		}
	})
	return 1_000_000
}

func semaphoreFree() int {
	const count = 5_000_000
	permits := make(chan struct{}, 10)
	for i := 0; i < count; i++ {
		permits <- struct{}{}
		<-permits
	}
	return count
}

func queue() int {
	const count = 1_000_000
	items := make(chan int, 100)
	go func() {
		for i := 0; i < count; i++ {
			items <- i
		}
	}()
	sum := 0
	for i := 0; i < count; i++ {
		sum += <-items
	}
	if sum != count*(count-1)/2 {
		must(errors.New("items were lost"))
	}
	return count
}

func channel() int {
	const count = 200_000
	there, back := make(chan int), make(chan int)
	go func() {
		for i := 0; i < count; i++ {
			back <- <-there
		}
	}()
	for i := 0; i < count; i++ {
		there <- i
		<-back
	}
	return 2 * count
}

func timers() int {
	const count = 100_000
	var next int64
	together(count, func() {
		place := atomic.AddInt64(&next, 1)
		time.Sleep(time.Duration(place*7_919%count*10) * time.Microsecond)
	})
	return 1
}

func timeouts() int {
	const count = 1_000_000
	background := context.Background()
	for i := 0; i < count; i++ {
		_, cancel := context.WithTimeout(background, 10*time.Second)
		cancel()
	}
	return count
}

var crowd []*time.Timer

func timeoutsAmongOthers() int {
	for len(crowd) < 100_000 {
		crowd = append(crowd, time.NewTimer(time.Duration(1_000+len(crowd)%1_000)*time.Second))
	}
	return timeouts()
}

func sleepPrecision() {
	var late []float64
	for i := 0; i < 200; i++ {
		start := time.Now()
		time.Sleep(100 * time.Microsecond)
		late = append(late, float64(time.Since(start)-100*time.Microsecond))
	}
	sort.Float64s(late)
	fmt.Printf("%.3f\n", (late[99]+late[100])/2)
}

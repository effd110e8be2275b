// Runs the programs of a file, a line each, in virtual time, and prints what each step gave. For Tests/Differential.
import Gevent

while let line = readLine() {
    let space = line.firstIndex(of: " ") ?? line.endIndex
    print("seed \(line[..<space])")
    try Hub.withVirtualTime { _ in
        Hub.current.errorStream = .silent
        let run = Run(Step(line[space...].dropFirst()))
        run.main()
        for line in run.lines { print(line) }
    }
}

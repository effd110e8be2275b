import GeventTesting
import Testing

// In a program of its own each: only the thread that a process began with is the main actor's.
@Suite(.inTurn)
struct `The main thread's hub` {
    @Test(arguments: [
        // A task of the main actor's; a hop to it; one that parks in its turn.
        ("task", "7"), ("run", "8"), ("both ways", "BlockingSwitchOutError"),
        // Work that is there already is done before a hub runs dry.
        ("event", "true"), ("nested", "true"), ("dry", "LoopExit"),
        ("ticks", "3"), ("virtual", "12"), ("destroyed", "13"),
        // Nothing parks in a job of the main actor's.
        ("parks", "BlockingSwitchOutError"),
        // A child neither serves the parent's queue nor takes its wake-ups.
        ("fork", "12 exit code 3"),
    ])
    func `serves the main actor`(way: String, answer: String) throws {
        let text = try output(of: "timeout 60 '\(builtProgram)' main-actor '\(way)'")
        #expect(text == answer + "\n")
    }
}

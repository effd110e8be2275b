import Testing

@testable import bench

@Suite struct `A figure` {
    @Test func `of another process is what that process has printed`() throws {
        let there = Figure(name: "live-park", unit: "ns", samples: [5, 7, 9], wall: [8], peakResident: 42)
        let here = try #require(Figure(json: there.json[...]))
        #expect(here.name == "live-park")
        #expect(here.line == there.line)
        #expect(here.json == there.json)
    }

    @Test(arguments: [[3.5], [1, 2, 10], [1, 2, 3, 4, 5]])
    func `keeps its median, least and most on the way`(samples: [Double]) throws {
        let there = Figure(name: "live-bytes", unit: "B", samples: samples)
        let here = try #require(Figure(json: there.json[...]))
        #expect(here.value == there.value)
        #expect(here.line == there.line)
    }

    @Test(arguments: ["", "{}", "{\"name\":\"x\",\"unit\":\"ns\"}", "bench: no Go"])
    func `is none where the line is something else`(line: String) {
        #expect(Figure(json: line[...]) == nil)
    }

    @Test func `of a peer is the number that it prints, or one of its lines`() {
        #expect(Peer.figures("2.494\n", of: "switch") == ["switch": 2.494])
        #expect(
            Peer.figures("live-park 1\nlive-bytes 4096.2\n", of: "live") == ["live-park": 1, "live-bytes": 4_096.2])
        #expect(Peer.figures("no such thing\n", of: "switch").isEmpty)
    }

    @Test func `belongs to a workload whose name, or its family's, is given`() throws {
        let names = { (word: String) in Workload.all.filter { $0.isCalled(word) }.map(\.name) }
        #expect(names("timeout") == ["timeout"])
        #expect(names("scale-socket") == ["scale-socket-1000", "scale-socket-10000"])
        #expect(names("scale").count == 10)
        #expect(names("echo").isEmpty)
    }
}

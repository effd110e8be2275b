import Testing

@testable import bench

@Suite struct `A target` {
    @Test func `is met where all of its bounds hold, the limit itself included`() {
        let target = Target(.atMost(8), .atMostTimes(3, .c), .below(.go))
        #expect(target.isMet(by: 7.5, beside: peers([.c: 2.5, .go: 54])) == true)
    }

    @Test func `is missed where one bound does not hold, whoever else is not there`() {
        let target = Target(.atMostTimes(1.1, .c), .below(.go))
        #expect(target.isMet(by: 12, beside: peers([.c: 10])) == false)
        #expect(target.isMet(by: 10, beside: peers([.c: 10, .go: 10])) == false)
        #expect(Target(.atMost(8), .atMostTimes(3, .c)).isMet(by: 9, beside: peers([:])) == false)
    }

    @Test func `is open where it hangs on a peer that is not there`() {
        #expect(Target(.atMost(8), .atMostTimes(3, .c)).isMet(by: 7, beside: peers([.go: 1])) == nil)
        #expect(Target(.atLeastTimes(5, .epplib)).isMet(by: 7, beside: peers([:])) == nil)
    }

    @Test(arguments: [(50_000.0, true), (49_999.0, false)])
    func `may ask for more in place of less`(figure: Double, isMet: Bool) {
        let target = Target(.atLeastTimes(5, .epplib))
        #expect(target.isMet(by: figure, beside: peers([.epplib: 10_000])) == isMet)
        #expect(target.text("1/s", beside: peers([.epplib: 10_000])) == "≥ 5 × EPPLib (10,000 a second)")
    }

    @Test func `says its bounds`() {
        #expect(Target(.atMost(8), .atMostTimes(3, .c)).text("ns") == "≤ 8 ns, ≤ 3 × C")
        #expect(Target(.atMostTimes(1.05, .c), .below(.go)).text("us") == "≤ 1.05 × C, < Go")
        #expect(Target(.atMost(0.28)).text("s") == "≤ 0.28 s")
    }

    @Test func `is always one of a figure that the documentation's table has words for`() {
        for name in Target.all.keys { #expect(Table.works[name] != nil, "\(name)") }
    }

    private func peers(_ figures: [Peer.Kind: Double]) -> (Peer.Kind) -> Double? {
        { figures[$0] }
    }
}

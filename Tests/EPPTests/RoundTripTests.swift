import EPP
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RoundTripTests {
    @Test func `a check comes back as it was sent`() throws {
        let command = CheckDomain("a.gov", "b.gov")
        let document = try command.document(transactionID: "abc-1")
        let message = try ClientMessage(document)
        #expect(message.transactionID == "abc-1")
        guard case .checkDomain(let read) = message.body else {
            Issue.record("not a check")
            return
        }
        #expect(read == command)
    }
}

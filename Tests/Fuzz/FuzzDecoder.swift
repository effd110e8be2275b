// What libFuzzer calls for each input. Compiled into one module with the sources of EPP: no import, and the sanitizer's
// counters are in all of it.

/// Reads the bytes in every way in which they can come from a peer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    // Safe: libFuzzer gives a buffer of this length that lives as long as the call.
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    _ = Redaction.text(of: bytes)
    readFrames(bytes)
    if let message = try? ServerMessage(bytes) { readResponse(message) }
    readTolerantly(bytes)
    if let message = try? ClientMessage(bytes) { readCommand(message) }
    return 0
}

private func readFrames(_ bytes: [UInt8]) {
    var decoder = FrameDecoder(limit: 4096)
    let cut = bytes.count / 2
    for piece in [bytes[..<cut], bytes[cut...]] {
        decoder.append(piece)
        while let frame = try? decoder.next() { precondition(frame.count <= 4096, "a frame beyond the limit") }
    }
}

/// What is read strictly reads the same tolerantly, without a flaw; a response that is read tolerantly has its result.
private func readTolerantly(_ bytes: [UInt8]) {
    let strict = try? ServerMessage(bytes)
    for dialect in [RegistryDialect.standard, .ee, .pl] {
        let reading = ReplyReading(dialect: dialect, isTolerant: true)
        guard let message = try? ServerMessage(bytes, reading: reading) else {
            precondition(strict == nil || dialect != .standard, "refused only where it is read tolerantly")
            continue
        }
        precondition(strict == nil || message.flaws.isEmpty, "a flaw of what is read strictly")
        _ = (try? message.response(of: PollData.self)).map { ($0.elements, $0.dataXML, $0.extensionNotes, $0.raw) }
        // What was repaired stands by itself: it is read strictly.
        let limits = XMLLimits {
            $0.attributeCount += 16
            $0.namespaceCount += 16
        }
        let repaired = try? ServerMessage(
            message.element.tree.bytes, limits: limits, reading: ReplyReading(dialect: dialect))
        precondition(repaired != nil, "what was repaired is still broken")
        guard strict == nil else { continue }
        readResponse(message)
    }
}

private func readResponse(_ message: ServerMessage) {
    if let greeting = try? message.greeting() { _ = try? greeting.document() }
    check([DomainAvailability].self, message)
    check([HostAvailability].self, message)
    check([ContactAvailability].self, message)
    check(DomainInfo.self, message)
    check(HostInfo.self, message)
    check(ContactInfo.self, message)
    check(DomainTransfer.self, message)
    check(ContactTransfer.self, message)
    check(PollData.self, message)
    guard let response = try? message.response(of: PollData.self) else { return }
    check(SecDNSInfo.self, response)
    check(GracePeriods.self, response)
    check(FeeCheckData.self, response)
    check(FeeResult.self, response)
    check(LaunchCheckData.self, response)
    check(LaunchCreation.self, response)
    check(LaunchInfo.self, response)
    check(ChangePoll.self, response)
    check(LoginSecurityData.self, response)
}

/// What was read and is written is read as the same. The first writing may change it: white space, declarations of
/// namespaces; a second must not.
private func check<Data: ResponseData & Equatable>(_ type: Data.Type, _ message: ServerMessage) {
    guard let read: CommandResponse<Data> = try? message.response(),
        let document = try? read.document(), let first: CommandResponse<Data> = try? ServerMessage(document).response(),
        let again = try? first.document()
    else { return }
    guard let second: CommandResponse<Data> = try? ServerMessage(again).response() else {
        preconditionFailure("\(Data.self) cannot be read again")
    }
    precondition(first == second, "\(Data.self) is another when it is read again")
}

private func check<Value: ResponseExtension & Equatable>(_ type: Value.Type, _ response: CommandResponse<PollData>) {
    guard let value: Value = try? response.decodeExtension(), let xml = try? value.xml() else { return }
    guard let first = try? Value.decode(xml: xml), let again = try? first.xml() else { return }
    precondition((try? Value.decode(xml: again)) == first, "\(Value.self) is another when it is read again")
}

private func readCommand(_ message: ClientMessage) {
    if case .protocolExtension(let command) = message.body { _ = try? command.document() }
    readExtension(SecDNSCreate.self, message)
    readExtension(SecDNSUpdate.self, message)
    readExtension(RestoreDomain.self, message)
    readExtension(FeeCheck.self, message)
    readExtension(FeeTransform.self, message)
    readExtension(LaunchCheck.self, message)
    readExtension(LaunchCreate.self, message)
    readExtension(LaunchApplication.self, message)
    readExtension(LoginSecurity.self, message)
    guard let command = message.body.transactionCommand else { return }
    check(command)
}

private func readExtension<Value: CommandExtension & Equatable>(_ type: Value.Type, _ message: ClientMessage) {
    guard let value: Value = try? message.decodeExtension(), let xml = try? value.xml() else { return }
    guard let first = try? Value.decode(xml: xml), let again = try? first.xml() else { return }
    precondition((try? Value.decode(xml: again)) == first, "\(Value.self) is another when it is read again")
}

/// A command that passes its validation is read from its document, and the second time as the same.
private func check(_ command: any TransactionCommand & Hashable) {
    guard let document = try? command.document(transactionID: "abc") else { return }
    guard let first = (try? ClientMessage(document))?.body.transactionCommand else {
        preconditionFailure("\(type(of: command)) cannot be read again")
    }
    guard let again = try? first.document(), let second = (try? ClientMessage(again))?.body.transactionCommand else {
        return
    }
    precondition(AnyHashable(first) == AnyHashable(second), "\(type(of: command)) is another when it is read again")
}

extension ClientMessage.Body {
    fileprivate var transactionCommand: (any TransactionCommand & Hashable)? {
        switch self {
        case .login(let command): command
        case .logout: Logout()
        case .checkDomain(let command): command
        case .infoDomain(let command): command
        case .createDomain(let command): command
        case .updateDomain(let command): command
        case .deleteDomain(let command): command
        case .renewDomain(let command): command
        case .transferDomain(let command): command
        case .checkHost(let command): command
        case .infoHost(let command): command
        case .createHost(let command): command
        case .updateHost(let command): command
        case .deleteHost(let command): command
        case .checkContact(let command): command
        case .infoContact(let command): command
        case .createContact(let command): command
        case .updateContact(let command): command
        case .deleteContact(let command): command
        case .transferContact(let command): command
        case .poll(let command): command
        case .acknowledge(let command): command
        case .hello, .protocolExtension, .other, .unknownCommand, .invalid: nil
        }
    }
}

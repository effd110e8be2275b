import ArgumentParser
import EPP

/// The name, address and numbers of a contact, as flags.
struct ContactDetails: ParsableArguments {
    @Option(help: "The person, or the role.")
    var name: String?

    @Option(help: "The organisation.")
    var org: String?

    @Option(help: "A line of the street; up to three.")
    var street: [String] = []

    @Option(help: "The city.")
    var city: String?

    @Option(help: "The state or province.")
    var sp: String?

    @Option(help: "The postal code.")
    var pc: String?

    @Option(help: "The country by its two letters.")
    var cc: String?

    @Option(help: "How name and address are written: int, in ASCII for all the world, or loc, as at the place.")
    var form: PostalInfo.Form = .international

    @OptionGroup(title: "Name and address in their second form, as at the place") var local: LocalDetails

    @Option(help: "The telephone number, such as +1.7035555555, with an extension +1.7035555555x12.")
    var voice: String?

    @Option(help: "The fax number.")
    var fax: String?

    @Option(help: "The address for electronic mail.")
    var email: String?

    @Option(help: "What the registry may show: some of name, org, addr, voice, fax, email, with commas between.")
    var disclose: String?

    @Option(help: "What the registry must hide: some of name, org, addr, voice, fax, email, with commas between.")
    var hide: String?

    func validate() throws {
        guard disclose == nil || hide == nil else {
            throw ValidationError("--disclose and --hide exclude each other: the protocol has one list")
        }
        guard form == .international || local.isEmpty else {
            throw ValidationError("--form loc leaves nothing for --loc-…: a contact has one address of each form")
        }
        _ = try disclosure()
        for number in [voice, fax].compactMap({ $0 }) where !number.isEmpty { _ = try ArgumentValues.phone(number) }
    }

    /// The address; nil where nothing of it was given.
    func address() throws -> PostalAddress? {
        try Self.address(street: street, city: city, sp: sp, pc: pc, cc: cc, prefix: "--")
    }

    static func address(
        street: [String], city: String?, sp: String?, pc: String?, cc: String?, prefix: String
    ) throws -> PostalAddress? {
        guard city != nil || cc != nil || sp != nil || pc != nil || !street.isEmpty else { return nil }
        guard let city, let cc else {
            throw UsageError("an address has at least \(prefix)city and \(prefix)cc: it is replaced as a whole")
        }
        return PostalAddress(street: street, city: city, province: sp, postalCode: pc, countryCode: cc)
    }

    /// The forms that name and address are given in.
    private var forms: Set<PostalInfo.Form> { local.isEmpty ? [form] : [.international, .local] }

    func disclosure() throws -> Disclosure? {
        guard let list = disclose ?? hide else { return nil }
        let flag = disclose == nil ? "--hide" : "--disclose"
        var disclosure = Disclosure(isAllowed: disclose != nil)
        for word in list.split(separator: ",", omittingEmptySubsequences: false) {
            switch word {
            case "name": disclosure.names = forms
            case "org": disclosure.organizations = forms
            case "addr": disclosure.addresses = forms
            case "voice": disclosure.voice = true
            case "fax": disclosure.fax = true
            case "email": disclosure.email = true
            default:
                throw ValidationError("\(flag) has \"\(word)\", which is none of name, org, addr, voice, fax, email")
            }
        }
        return disclosure
    }
}

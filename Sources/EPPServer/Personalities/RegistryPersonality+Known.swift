import EPP

/// The registries that have a stand-in. What is written here about each is public knowledge; numbers that a registry does
/// not tell are careful ones.
extension RegistryPersonality {
    /// All of them, in alphabetical order of their names.
    public static let all: [RegistryPersonality] = [
        at, cn, co, cz, dk, ee, es, eu, fi, fr, gov, gr, it, lu, lv, nominet, norid, pl, ro, ru, sidn, sk, verisign,
    ]

    /// `.at`.
    public static let at = RegistryPersonality(
        "at", "commands of its own beside EPP's, reasons in extensions",
        quirks: [
            .takesProtocolExtensions,
            .adds(
                #"<at-ext:conditions xmlns:at-ext="http://www.nic.at/xsd/at-ext-result-1.0"><at-ext:condition code="IF01" "#
                    + #"severity="error"><at-ext:msg>The registrant cannot be used here</at-ext:msg></at-ext:condition>"#
                    + "</at-ext:conditions>", as: .extension, to: .refusals),
        ])

    /// `.cn`: data of its own, and a message of the queue that no client can make anything of.
    public static let cn = RegistryPersonality(
        "cn", "data of its own, messages that cannot be read",
        quirks: [
            .adds(
                #"<cnnic-domain:infData xmlns:cnnic-domain="urn:ietf:params:xml:ns:cnnic-domain-1.0"><cnnic-domain:type>E"#
                    + "</cnnic-domain:type></cnnic-domain:infData>", as: .data, to: .data("domain:infData")),
            .leavesOut("domain:name", of: "domain:trnData"),
        ])

    /// `.co`: logins one by one.
    public static let co = RegistryPersonality("co", "logins one by one, five minutes of idleness") {
        $0.sessionsPerClient = 100
        $0.idleTimeout = .seconds(300)
        $0.namesPerCheck = 50
        $0.loginsPerMinute = 60
    }

    /// FRED, `.cz` and others: commands of its own.
    public static let cz = RegistryPersonality(
        "cz", "FRED: commands of its own beside EPP's", quirks: [.takesProtocolExtensions])

    /// `.dk`.
    public static let dk = RegistryPersonality(
        "dk", "commands of its own, data in extensions",
        quirks: [
            .takesProtocolExtensions,
            .adds(
                #"<dkhm:trackingNo xmlns:dkhm="urn:dkhm:params:xml:ns:dkhm-4.3">2026-0001</dkhm:trackingNo>"#,
                as: .extension, to: .data("domain:creData")),
        ])

    /// `.ee`: namespaces of its own, four sessions, 100 commands a minute.
    public static let ee = RegistryPersonality(
        "ee", "namespaces of its own, four sessions, 100 commands a minute with the logins", dialect: .ee
    ) {
        $0.sessionsPerClient = 4
        $0.idleTimeout = .seconds(300)
        $0.commandsPerMinute = 100
    }

    /// `.es`: data of its own.
    public static let es = RegistryPersonality(
        "es", "data of its own beside the standard's",
        quirks: [
            .adds(
                #"<es:infData xmlns:es="urn:red.es:xml:ns:es_creds-1.0"><es:autoRenew>true</es:autoRenew></es:infData>"#,
                as: .data, to: .data("domain:infData"))
        ])

    /// `.eu`: names beyond ASCII as they are.
    public static let eu = RegistryPersonality("eu", "names beyond ASCII are taken as they are", dialect: unicode)

    /// `.fi`: fields left out.
    public static let fi = RegistryPersonality(
        "fi", "dates and names left out that the schema demands",
        quirks: [
            .leavesOut("domain:crDate", of: "domain:creData"), .leavesOut("domain:acID", of: "domain:trnData"),
            .leavesOut("domain:acDate", of: "domain:trnData"), .tellsOfEmptyQueue,
        ])

    /// AFNIC, `.fr`: another encoding, and data of its own.
    public static let fr = RegistryPersonality(
        "fr", "ISO-8859-1, and data of its own in extensions",
        quirks: [
            .adds(
                #"<frnic:ext xmlns:frnic="http://www.afnic.fr/xml/epp/frnic-1.4"><frnic:resData><frnic:infData>"#
                    + "<frnic:domain><frnic:status s=\"reachable\"/></frnic:domain></frnic:infData></frnic:resData>"
                    + "</frnic:ext>", as: .extension, to: .data("domain:infData")),
            .encodes("ISO-8859-1"),
        ])

    /// `.gov`, which Nomulus serves: 100 sessions, messages about two things at once.
    public static let gov = RegistryPersonality(
        "gov", "100 sessions, messages with two objects",
        quirks: [
            .adds(
                #"<domain:panData xmlns:domain="urn:ietf:params:xml:ns:domain-1.0"><domain:name paResult="1">example.gov"#
                    + "</domain:name><domain:paTRID><clTRID xmlns=\"urn:ietf:params:xml:ns:epp-1.0\">asked-1</clTRID>"
                    + "<svTRID xmlns=\"urn:ietf:params:xml:ns:epp-1.0\">told-1</svTRID></domain:paTRID><domain:paDate>"
                    + "2026-03-01T00:00:00Z</domain:paDate></domain:panData>", as: .data, to: .messages)
        ]
    ) {
        $0.maximumSessions = 100
        $0.idleTimeout = .seconds(3_600)
    }

    /// `.gr`: kinds of objects spelled in capitals.
    public static let gr = RegistryPersonality(
        "gr", "another spelling of what it offers, names beyond ASCII", dialect: unicode,
        quirks: [
            .offers(.domain, as: "URN:IETF:PARAMS:XML:NS:domain-1.0"),
            .offers(.contact, as: "URN:IETF:PARAMS:XML:NS:contact-1.0"),
            .offers(.host, as: "URN:IETF:PARAMS:XML:NS:host-1.0"),
        ])

    /// `.it`: offsets of dates without a colon.
    public static let it = RegistryPersonality(
        "it", "dates with +0000, names beyond ASCII", dialect: unicode, quirks: [.writesOffsetsWithoutColon])

    /// `.lu`: fields left out, and answers that do not say whether a name is free.
    public static let lu = RegistryPersonality(
        "lu", "fields left out, checks that do not say avail",
        quirks: [
            .leavesOut("domain:acID", of: "domain:trnData"), .leavesOut("domain:acDate", of: "domain:trnData"),
            .leavesOutAvailability,
        ])

    /// `.lv`: a few sessions, five days of age.
    public static let lv = RegistryPersonality("lv", "two sessions, which last five days") {
        $0.sessionsPerClient = 2
        $0.idleTimeout = .seconds(600)
        $0.maximumAge = .seconds(5 * 86_400)
    }

    /// Nominet.
    public static let nominet = RegistryPersonality(
        "nominet", "five sessions, data of its own in extensions",
        quirks: [
            .adds(
                #"<domain-nom-ext:infData xmlns:domain-nom-ext="http://www.nominet.org.uk/epp/xml/domain-nom-ext-1.2">"#
                    + "<domain-nom-ext:reg-status>Registered</domain-nom-ext:reg-status></domain-nom-ext:infData>",
                as: .extension, to: .data("domain:infData"))
        ]
    ) {
        $0.sessionsPerClient = 5
        $0.idleTimeout = .seconds(1_800)
    }

    /// Norid, `.no`: sessions of 900 commands, conditions in extensions.
    public static let norid = RegistryPersonality(
        "norid", "sessions of 900 commands, reasons in extensions, commands of its own",
        quirks: [
            .takesProtocolExtensions, .tellsOfEmptyQueue,
            .adds(
                #"<no-ext-result:conditions xmlns:no-ext-result="http://www.norid.no/xsd/no-ext-result-1.0">"#
                    + #"<no-ext-result:condition code="EC01" severity="error"><no-ext-result:msg>Not as the rules want it"#
                    + "</no-ext-result:msg><no-ext-result:details>the registrant has no number</no-ext-result:details>"
                    + "</no-ext-result:condition></no-ext-result:conditions>", as: .extension, to: .refusals),
        ]
    ) {
        $0.sessionsPerClient = 9
        $0.idleTimeout = .seconds(120)
        $0.commandsPerSession = 900
    }

    /// NASK, `.pl`: namespaces of its own, nameservers as text.
    public static let pl = RegistryPersonality("pl", "namespaces of its own, nameservers as text", dialect: .pl)

    /// `.ro`: another encoding.
    public static let ro = RegistryPersonality(
        "ro", "UTF-16, names beyond ASCII", dialect: unicode, quirks: [.encodes("UTF-16")])

    /// `.ru`: namespaces of its own.
    public static let ru = RegistryPersonality("ru", "namespaces of its own", dialect: .ru)

    /// SIDN, `.nl`: white space before the declaration, reasons in extensions.
    public static let sidn = RegistryPersonality(
        "sidn", "white space before <?xml, reasons in extensions",
        quirks: [
            .adds(
                #"<sidn-ext-epp:ext xmlns:sidn-ext-epp="http://rxsd.domain-registry.nl/sidn-ext-epp-1.0">"#
                    + #"<sidn-ext-epp:response><sidn-ext-epp:msg code="T0001" field="domain">The rule says no"#
                    + "</sidn-ext-epp:msg></sidn-ext-epp:response></sidn-ext-epp:ext>", as: .extension, to: .refusals),
            .beginsWithSpace,
        ],
        extensionURIs: ["http://rxsd.domain-registry.nl/sidn-ext-epp-1.0"])

    /// SK-NIC, `.sk`: form feeds in texts, and windows-1252.
    public static let sk = RegistryPersonality(
        "sk", "control characters in texts, windows-1252", quirks: [.sendsControlCharacters, .encodes("windows-1252")])

    /// Verisign, `.com` and `.net`: each command says which registry it is for.
    public static let verisign = RegistryPersonality(
        "verisign", "namestore with each command, a prefix that is not declared in refusals",
        quirks: [.quotesWithUndeclaredPrefix],
        extensionURIs: [Namestore.uri], requiredExtension: Namestore.uri)

    /// Names beyond ASCII are taken and told as they are.
    private static var unicode: RegistryDialect {
        var dialect = RegistryDialect.standard
        dialect.names = .sent
        return dialect
    }
}

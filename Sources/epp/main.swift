import ArgumentParser
import EPPTool

EPPCommand.main()

"""The library that the checks in Tests/System share.

Checks
    program      arguments, planted faults, exit status
    repository   where the files of the repository are
    waiting      waits for conditions and for lines of output
    transcripts  runs the console examples of a document

Processes
    clusters     PostgreSQL servers and their standbys
    service      `heksher serve` on such a server
    development  `heksher dev`, which brings its own PostgreSQL
    processes    background processes, and signals for process trees
    ports        free and open ports

Connections
    connections  HTTP/1.1 on raw sockets
    relay        forwards connections; base of the others
    http_relay   forwards requests one by one
    stale_relay  an HTTP relay that gives stale responses
    event_stream a client of a stream of changes
    event_relay  changes what streams report
    balancer     a load balancer for TCP

Load
    workload     writers and readers that use a service, and their results
    writers      clients that change rules and settings
    readers      clients that compare responses with acknowledged changes
    following    clients that know a setting only by a stream of changes
    ledger       the changes that writers requested, and the states that they allow
"""

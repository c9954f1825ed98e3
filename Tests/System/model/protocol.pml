// A model of the freshness protocol and of streams of events in Promela. The program `check` runs it.
//
// STREAMS        whether to model streams instead of queries
// TRANSACTIONS   how many transactions there are: one by the first writer, the others by the second
// KEPT           for how many transactions of a slot the database keeps the notes
// INSTANCES      how many instances there are: 1 or 2
// PLANT_…        a rule of the protocol that is left out

#include "database.pml"
#ifdef STREAMS
#include "streams.pml"
#else
#include "reads.pml"
#include "catalog.pml"
#endif
#include "writers.pml"

init {
    atomic {
        run Writer(1, 1);
        run Writer(2, TRANSACTIONS);
        start_instance(0);
#if INSTANCES > 1
        start_instance(1)
#endif
    }
}

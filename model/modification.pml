/*
 * What follows an approval: captures and refunds of one payment, as the engine does them. The shop has four wishes (to
 * capture, to refund, and each once more), each of one unit of the two that are authorized, and asks for them in any
 * order, as often as it likes, on two nodes that crash, and take over from each other, as often as they like.
 *
 * A modification has no "not found": it ends by the PSP's own word about it, or by a balance that moved exactly.
 * M_... is a deliberate mistake: an invariant must refute it. README.md says what stands for what.
 */
#define NODES  2
#ifndef WISHES
#define WISHES 4
#endif
#define UNITS  2

#define CAPTURE 1
#define REFUND  2
#define KIND(w) (1 + (w) % 2)

/* ---- what the journal holds ---- */

#define NONE     0
#define INTENDED 1
#define ACCEPTED 2              /* a receipt: taken for processing, not done */
#define DONE     3
#define FAILED   4
#define NOT_SENT 5
#define IS_OPEN(w) (state[w] == INTENDED || state[w] == ACCEPTED)
#define IS_END(s)  ((s) >= DONE)

#define NOBODY NODES

byte state[WISHES];             /* the operation that stands for a wish: its key is the wish */
byte wasCaptured[WISHES];       /* the baseline of its commit A */
byte wasRefunded[WISHES];
byte owner = NOBODY;            /* the node at work whose fence is current */
bool isStale[NODES];            /* somebody has written since this node has read: its version is not the journal's */

/* ---- what is true at the PSP, and what its inquiries show ---- */

#define RECEIVED 1
#define BOOKED   2
#define BROKEN   3              /* received, and failed later */
#define REFUSED  4              /* at once */

byte psp[WISHES];
bool isUnderWay[WISHES];
byte captured = 0;
byte refunded = 0;
byte lastWord = 0;              /* CAPTURE or REFUND if the last thing that happened was that one broke; it names no operation */
byte shownCaptured = 0;
byte shownRefunded = 0;
byte shownWord = 0;
bool isFresh = false;           /* the lag has passed since the latest commit A ... */
bool isBehind = false;          /* ... and cannot have, while what was true then is not shown yet */

/* ---- invariants ---- */

hidden byte S2_written_down_before;
hidden byte S3_failed_has_no_effect;
hidden byte S4_done_is_booked;
hidden byte S5_an_end_never_changes;
hidden byte S7_a_wish_is_written_down_once;
hidden byte S7_sums;
hidden byte L1_what_is_booked_ends;
hidden byte L1_books_are_the_ledger;

/* ---- the books: a fold over the operations (src/payment/balances.ts) ---- */

#define COUNTS(w, k) (state[w] == DONE && KIND(w) == (k))
#define BROKE(w, k) (state[w] == FAILED && KIND(w) == (k))
#if WISHES == 3
#define BOOKS(k) (COUNTS(0, k) + COUNTS(1, k) + COUNTS(2, k))
#define FAILED_OF(k) (BROKE(0, k) || BROKE(1, k) || BROKE(2, k))
#define NONE_IS_OPEN (!IS_OPEN(0) && !IS_OPEN(1) && !IS_OPEN(2))
#define ALL_ARE_CALM (IS_CALM(0) && IS_CALM(1) && IS_CALM(2))
#else
#define BOOKS(k) (COUNTS(0, k) + COUNTS(1, k) + COUNTS(2, k) + COUNTS(3, k))
#define FAILED_OF(k) (BROKE(0, k) || BROKE(1, k) || BROKE(2, k) || BROKE(3, k))
#define NONE_IS_OPEN (!IS_OPEN(0) && !IS_OPEN(1) && !IS_OPEN(2) && !IS_OPEN(3))
#define ALL_ARE_CALM (IS_CALM(0) && IS_CALM(1) && IS_CALM(2) && IS_CALM(3))
#endif
#define IS_THERE(w) (KIND(w) == CAPTURE -> BOOKS(CAPTURE) < UNITS : BOOKS(CAPTURE) > BOOKS(REFUND))

inline append() { isStale[0] = true; isStale[1] = true }

inline move(w, to) {
  assert(!IS_END(state[w]) || S5_an_end_never_changes);
  assert(to != DONE || psp[w] == BOOKED || S4_done_is_booked);
  assert((to != FAILED && to != NOT_SENT) || psp[w] != BOOKED || S3_failed_has_no_effect);
  state[w] = to;
  if
  :: IS_END(to) -> wasCaptured[w] = 0; wasRefunded[w] = 0
  :: else
  fi;
  append()
}

/* ---- conclusions (src/payment/conclude-modification.ts) ---- */

inline concludeAnswer(w, told) {
  if
  :: IS_END(state[w]) -> skip
  :: else ->
     if
     :: told == RECEIVED && state[w] == INTENDED ->
#ifdef M_RECEIPT_IS_DONE
        move(w, DONE)
#else
        move(w, ACCEPTED)
#endif
     :: told == BOOKED                      -> move(w, DONE)
     :: told == BROKEN || told == REFUSED   -> move(w, FAILED)
     :: else
     fi
  fi
}

/* hasMoved(): exactly by this operation from where our journal had it. */
#define SHOWN_LEFT (seenCaptured - seenRefunded)
#define WAS_LEFT(w) (wasCaptured[w] - wasRefunded[w])
#ifdef M_OLD_BALANCE_COUNTS
#define CAN_TELL_CAPTURE(w) true
#else
#define CAN_TELL_CAPTURE(w) (wasRefunded[w] == 0 || seenFresh)
#endif
#ifdef M_UNBOOKED_IS_REFUNDED
#define CAN_TELL_REFUND(w) true
#else
#define CAN_TELL_REFUND(w) (seenCaptured >= wasCaptured[w])
#endif
#define HAS_MOVED(w) (KIND(w) == CAPTURE -> \
    SHOWN_LEFT == WAS_LEFT(w) + 1 && CAN_TELL_CAPTURE(w) : SHOWN_LEFT == WAS_LEFT(w) - 1 && CAN_TELL_REFUND(w))

#ifdef M_OLD_FAILURE_COUNTS
#define FAILED_BEFORE(w) false
#else
#define FAILED_BEFORE(w) FAILED_OF(KIND(w))
#endif

inline concludeInquiry(w) {
  if
  :: IS_END(state[w]) -> skip
  :: else ->
     if
     :: HAS_MOVED(w) -> move(w, DONE)
     :: !HAS_MOVED(w) && state[w] == ACCEPTED && seenWord == KIND(w) && !FAILED_BEFORE(w) -> move(w, FAILED)
#ifdef M_NOT_FOUND_CLOSES
     :: else -> move(w, NOT_SENT)
#else
     :: else                            /* asked again; a case, once it is old */
#endif
     fi
  fi
}

/* ---- the nodes ---- */

/* intendOperation() of src/payment/intend.ts, and knownBy() of src/engine/modify.ts. */
#ifdef M_NEXT_DOES_NOT_WAIT
#define IS_FREE true
#else
#define IS_FREE NONE_IS_OPEN
#endif
#ifdef M_KEY_IS_FORGOTTEN
#define IS_NEW(w) (state[w] == NONE || IS_END(state[w]))
#else
#define IS_NEW(w) (state[w] == NONE)
#endif
#define MAY_INTEND(w) (IS_NEW(w) && IS_FREE && IS_THERE(w))

#ifdef M_NO_VERSION
#define IS_CURRENT true
#else
#define IS_CURRENT (!isStale[_pid])
#endif

inline commitA(w) {
  assert(state[w] == NONE || S7_a_wish_is_written_down_once);
  state[w] = INTENDED;
  wasCaptured[w] = BOOKS(CAPTURE);
  wasRefunded[w] = BOOKS(REFUND);
  owner = _pid;
  isFresh = false;
  isBehind = (shownCaptured != captured || shownRefunded != refunded || shownWord != lastWord);
  append()
}

inline mayCrash() {
  if
  :: goto rest
  :: true
  fi
}

active [NODES] proctype Node() {
  byte w = 0;
  byte told = 0;
  byte seenCaptured = 0;
  byte seenRefunded = 0;
  byte seenWord = 0;
  bool seenFresh = false;

idle:
  if
  :: atomic {                           /* modify.ts: the session is read, and decided upon ... */
       select(w: 0 .. WISHES - 1);
       MAY_INTEND(w) ->
       isStale[_pid] = false;
       goto modifying
     }
  :: atomic {                           /* recovery.ts */
       select(w: 0 .. WISHES - 1);
       IS_OPEN(w) ->
       owner = _pid;
       seenCaptured = shownCaptured;
       seenRefunded = shownRefunded;
       seenWord = shownWord;
       seenFresh = isFresh;
       goto asking
     }
  :: atomic {                           /* notice-weighing.ts: it names our own reference */
       select(w: 0 .. WISHES - 1);
       psp[w] == BOOKED || psp[w] == BROKEN ->
       concludeAnswer(w, psp[w]);
       goto rest
     }
  fi;

modifying:
#ifdef M_SEND_FIRST
  isUnderWay[w] = true;
#endif
  atomic {                              /* ... and written, unless somebody else has written: then it begins anew */
    if
    :: IS_CURRENT -> commitA(w)
    :: else -> goto rest
    fi
  };
  mayCrash();
  if
  :: isUnderWay[w] = true               /* transmit.ts */
  :: atomic {
       owner == _pid && !isUnderWay[w] && psp[w] == NONE ->
       if
       :: IS_END(state[w])
       :: else -> move(w, NOT_SENT)
       fi;
       goto rest
     }
  fi;
  mayCrash();
  atomic {                              /* commit B */
    if
    :: psp[w] == RECEIVED || psp[w] == BOOKED || psp[w] == BROKEN -> told = RECEIVED
    :: psp[w] == REFUSED -> told = REFUSED
#ifdef M_TIMEOUT_IS_FAILURE
    :: true -> told = REFUSED
#else
    :: true -> told = NONE
#endif
    fi;
    if
    :: owner == _pid -> concludeAnswer(w, told)
    :: else
    fi;
    goto rest
  };

asking:
  mayCrash();
  atomic {
    if
    :: owner == _pid -> concludeInquiry(w)
    :: else
    fi
  };

rest:
  atomic {
    if
    :: owner == _pid -> owner = NOBODY
    :: else
    fi;
    isStale[_pid] = true;
    w = 0; told = 0; seenCaptured = 0; seenRefunded = 0; seenWord = 0; seenFresh = false;
    goto idle
  }
}

/* ---- the PSP, the network and time, for one wish ---- */

active [WISHES] proctype World() {
  byte w;
  w = _pid - NODES;
end:
  do
  :: atomic {
       isUnderWay[w] ->
       assert(state[w] != NONE || S2_written_down_before);
       psp[w] = RECEIVED;
       isUnderWay[w] = false
     }
  :: atomic { isUnderWay[w] -> psp[w] = REFUSED; isUnderWay[w] = false }
  :: atomic { isUnderWay[w] -> isUnderWay[w] = false }
  :: atomic {
       psp[w] == RECEIVED ->
       assert((state[w] != FAILED && state[w] != NOT_SENT) || S3_failed_has_no_effect);
       psp[w] = BOOKED;
       lastWord = NONE;
       if
       :: KIND(w) == CAPTURE -> captured++
       :: else -> refunded++
       fi;
       assert((captured <= UNITS && refunded <= captured) || S7_sums)
     }
  :: atomic { psp[w] == RECEIVED -> psp[w] = BROKEN; lastWord = KIND(w) }
  :: atomic {
       w == 0 && (shownCaptured != captured || shownRefunded != refunded || shownWord != lastWord) ->
       shownCaptured = captured;
       shownRefunded = refunded;
       shownWord = lastWord;
       isBehind = false
     }
  :: atomic { w == 0 && !NONE_IS_OPEN && !isFresh && !isBehind -> isFresh = true }
  od
}

/* ---- L1: the faults stop, and one calm pass of recovery ends what can be ended; the rest is a case ---- */

#define IS_CALM(w) (!isUnderWay[w] && psp[w] != RECEIVED)
#define ALL_CALM (ALL_ARE_CALM && (isFresh || NONE_IS_OPEN) && \
                  shownCaptured == captured && shownRefunded == refunded && shownWord == lastWord)

#ifndef SAFETY_ALONE
active proctype CalmPass() {
  byte w = 0;
  byte seenCaptured = 0;
  byte seenRefunded = 0;
  byte seenWord = 0;
  bool seenFresh = true;
end:
  do
  :: d_step {
       ALL_CALM ->
       owner = NOBODY;
       seenCaptured = shownCaptured;
       seenRefunded = shownRefunded;
       seenWord = shownWord;
       do
       :: w < WISHES ->
          if
          :: IS_OPEN(w) -> concludeInquiry(w)
          :: else
          fi;
          assert(psp[w] != BOOKED || state[w] == DONE || L1_what_is_booked_ends);
          w++
       :: else -> break
       od;
       w = 0; seenCaptured = 0; seenRefunded = 0; seenWord = 0;
       assert((BOOKS(CAPTURE) == captured && BOOKS(REFUND) == refunded) || L1_books_are_the_ledger)
     }
  od
}
#endif

/* ---- what can be reached ---- */

active proctype Story() {
end:
  do
  :: atomic { state[0] == NOT_SENT && state[2] == DONE                   -> printf("story: a capture was not sent, and the next was done") }
  :: atomic { state[0] == ACCEPTED && psp[0] == BROKEN                   -> printf("story: a receipt, and nothing booked") }
  :: atomic { state[0] == INTENDED && psp[0] == BOOKED                   -> printf("story: booked, and in doubt") }
  :: atomic { state[0] == INTENDED && psp[0] == NONE && !isUnderWay[0]   -> printf("story: lost, and waiting for a person") }
#if WISHES == 4
  :: atomic { BOOKS(CAPTURE) == 2 && BOOKS(REFUND) == 2                  -> printf("story: all captured and all refunded") }
  :: atomic { state[1] == FAILED && psp[1] == BROKEN && state[3] == DONE -> printf("story: a refund broke, and the next was done") }
#endif
  od
}

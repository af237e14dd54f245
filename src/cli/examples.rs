//! The examples that `--help` ends with.

pub const CHARTMARK: &str = "Examples:
  chartmark                              the sample corpus on the screen
  chartmark notes/                       a folder of notes on the screen
  cat note.txt | chartmark - > out.txt   without a terminal: the labelled text
  chartmark predict notes/ --format jsonl > predictions.jsonl
  chartmark evaluate --gold gold.jsonl

Exit status: 0 done, 1 failed, 2 called wrongly. Data goes to standard output, all else to standard error.";

pub const PREDICT: &str = "Examples:
  chartmark predict note.txt
  chartmark predict notes/ more.jsonl --format jsonl --out predictions.jsonl
  echo 'severe chest pain' | chartmark predict -";

pub const TRAIN: &str = "Examples:
  chartmark train notes/                                    the head, on the decisions made on the screen
  chartmark train --gold gold.jsonl --out mymodel           a head for other labels
  chartmark train --gold train.jsonl --dev dev.jsonl --scope encoder --base minilm --out mymodel";

pub const EVALUATE: &str = "Examples:
  chartmark evaluate --gold gold.jsonl
  chartmark evaluate --gold gold.jsonl --model mymodel --json
  chartmark evaluate --gold gold.jsonl --model old --model new    is new better than old?

A word has a gold label if a span of it overlaps the word. Words without a letter or digit don't count. Labels of the
gold that a model doesn't know count as missed. Calibration: how far probabilities can be taken at their word; 0 is best.
Two models are compared by a paired bootstrap over documents, all labels together and each.";

pub const EXPORT: &str = "Examples:
  chartmark export notes/ --to gold --out gold.jsonl
  chartmark export --project ward.db --to gold | wc -l

Every document with decisions or imported gold is written, with the labels decided to be present.";

pub const BACKUP: &str = "Examples:
  chartmark backup monday.db notes/
  chartmark backup monday.db --project ward.db

The project may be open on the screen meanwhile. An existing file is never overwritten.";

pub const MODEL: &str = "Examples:
  chartmark model list notes/
  chartmark model show 3 notes/ --json
  chartmark model activate 2 notes/
  chartmark model rollback notes/

Version 0 is the original model.";

pub const SCHEME: &str = "Examples:
  chartmark scheme list
  chartmark scheme show adverse-events
  chartmark scheme init --from clinical --out ward.toml    then edit ward.toml
  chartmark scheme check ward.toml
  chartmark scheme use ward.toml notes/

Decisions are kept by the name of their label: those in labels that a scheme lacks are hidden and come back with it. A label
that no training has learned yet is suggested where one of its seed terms stands.";

pub const BENCH: &str = "Examples:
  chartmark bench encoder
  chartmark bench encoder --model minilm --ids ids.json --threads 2 --json

FILE is a JSON list of lists of subword ids, special tokens included. Without it: 48 sequences of 48 to 384 ids. Without
--json, candle-transformers' BERT is timed on the same ids and weights beside it.";

pub const SUSPECTS: &str = "Examples:
  chartmark suspects notes/                   decisions that are likely wrong, the worst first
  chartmark suspects gold.jsonl --limit 20    labels of a gold file
  chartmark suspects ward.db --json

Heads are fitted to the decisions, each asked about a fifth that it has not learned from: a decision is suspect if the
word looks like those decided the other way. Changes nothing; what to do about a suspect is yours to decide. A model
whose encoder was trained on the same notes remembers their labels and finds less.";

pub const DOCTOR: &str = "Examples:
  chartmark doctor
  chartmark doctor notes/ --model mymodel

Changes nothing. A line beginning with ✗ is broken (exit status 1); one beginning with ! works, but not at its best.";

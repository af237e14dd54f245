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
  chartmark predict more/ --project notes/.chartmark/project.db    by the version that was trained there
  echo 'severe chest pain' | chartmark predict -";

pub const TRAIN: &str = "Examples:
  chartmark train notes/                                    the head, on the decisions made on the screen
  chartmark train --gold gold.jsonl --out mymodel           a head for other labels
  chartmark train --gold gold.jsonl --head mlp:128 --lr 1e-3 --epochs 20 --out mymodel
  chartmark train --gold gold.jsonl --tune --out mymodel    the best of a dozen heads on held-out parts: 60 fits
  chartmark train --gold train.jsonl --dev dev.jsonl --scope encoder --base minilm --out mymodel
  chartmark train --gold a.jsonl --gold b.jsonl --scope encoder --base minilm --out mymodel    two label schemes, one encoder
  chartmark train --gold dev.jsonl --scope thresholds --base mymodel --out tuned               calibrated on gold it has not seen
  chartmark train --gold dev.jsonl --scope thresholds --scheme clinical --out tuned            of a model with several heads, this one";

pub const EVALUATE: &str = "Examples:
  chartmark evaluate --gold gold.jsonl
  chartmark evaluate --gold gold.jsonl --model mymodel --json
  chartmark evaluate --gold gold.jsonl --model old --model new    is new better than old?

A word has a gold label if a span of it overlaps the word. Words without a letter or digit don't count. Labels of the
gold that a model doesn't know count as missed. Calibration: how far probabilities can be taken at their word; 0 is best.
Two models are compared by a paired bootstrap over documents, all labels together and each.";

pub const SIMULATE: &str = "Examples:
  chartmark simulate --pool train.jsonl --test dev.jsonl
  chartmark simulate --pool train.jsonl --test dev.jsonl --strategy random entropy --seeds 3
  chartmark simulate --pool train.jsonl --test dev.jsonl --strategy all --model minilm --json > curves.jsonl
  chartmark simulate --pool train.jsonl --test dev.jsonl --study new-label --seeds 3
  chartmark simulate --study keys --test dev.jsonl

A simulated annotator reads what a strategy picks, corrects what is shown wrong and accepts the rest; the head starts
empty and learns after each batch. Edits are cells that were shown wrong. Keys are those of the keymap, seconds those of the
keystroke-level model (Card, Moran & Newell 1980: 0.2 s a key, 1.35 s to decide on a correction) with reading at 238
words a minute and 1.35 s more for a word that is shown wrong. The encoder must never have seen the pool: the bundled one has
seen public gold, so name another with --model.
With --study the model's own head learns from corrections as it does on the screen: growth corrects one document after the
other, label twenty cells of each label, new-label learns each label anew from 10, 30, 100 and 300 words that have it, noise
decides wrongly at times, contradiction takes back none, a quarter and a half of twenty corrections of each label.";

pub const RANK: &str = "Examples:
  chartmark rank notes/ --limit 10
  chartmark rank notes/ --strategy expected-edits --passages --per keys
  chartmark rank notes/ --random-share 0.2 --json

The whole loop from the shell; the last two rank what is left, with a model that has learned:
  chartmark rank notes/ --limit 5 --json > next.json
  chartmark import corrected.jsonl notes/ --from gold
  chartmark train notes/
  chartmark rank notes/ --limit 5

Where the notes have a project, its active model version ranks them; decided words and documents that are marked done have
left the pool. The score is per cost (--per), so that a note is not useful for being long.";

pub const IMPORT: &str = "Examples:
  chartmark import gold.jsonl notes/ --from gold               every word of the gold's documents is decided
  chartmark import some.jsonl notes/ --from gold --partial     only the words with a span are
  chartmark import gold.jsonl --project ward.db --from gold    a project that holds its documents itself

Documents are matched by id and text, or by text alone; those that are not in the notes are named and left out. What is
imported lies beneath what an annotator decides, over what was imported before. Importing a file again changes nothing.";

pub const EXPORT: &str = "Examples:
  chartmark export notes/ --to gold --out gold.jsonl
  chartmark export --project ward.db --to gold | wc -l

Every document with decisions or imported gold is written, with the labels decided to be present.";

pub const RENDER: &str = "Examples:
  chartmark render note.txt --svg --out figure.svg
  chartmark render notes/ --document ward/7.txt --html --dark --width 80 > note.html
  chartmark render note.txt --svg --blank --out report.svg    nothing of the text, for a bug report
  chartmark render note.txt --ansi | less -R
  chartmark render --screen 100x30 --keys 'w 1 enter' --svg --dark --out screen.svg    the sample corpus on the screen

Draws notes as the screen shows them: the decisions of the notes' project, and where nothing is decided what its model predicts. A
picture is one file that loads nothing. With --blank every letter and digit is an x: line breaks, punctuation, lengths and
labels remain, and the note's name is left out. --screen draws the whole screen once nothing is under way any more; keys are
pressed on a copy of the project, so that nothing changes.";

pub const REVIEW: &str = "Examples:
  chartmark review --plain notes/
  chartmark review --plain notes/ --document ward/7.txt --all
  chartmark review --plain note.txt < answers.txt

Says each place that is labelled or unsure in words, and takes a line as the answer: Enter for right as it is said, a label's
number, name or letter to put it on or take it off, ? for the others. Every decision is saved at once, in the project that
the screen uses; the end of the input ends it.";

pub const BACKUP: &str = "Examples:
  chartmark backup monday.db notes/
  chartmark backup monday.db --project ward.db

The project may be open on the screen meanwhile. An existing file is never overwritten.";

pub const MODEL: &str = "Examples:
  chartmark model list notes/
  chartmark model show 3 notes/ --json
  chartmark model activate 2 notes/
  chartmark model rollback notes/
  chartmark model average a b --out mean      models trained from one start: often better than either

Version 0 is the original model.";

pub const SCHEME: &str = "Examples:
  chartmark scheme list
  chartmark scheme show adverse-events
  chartmark scheme init --from clinical --out ward.toml    then edit ward.toml
  chartmark scheme check ward.toml
  chartmark scheme use ward.toml notes/
  chartmark scheme change notes/ --rename symptom finding
  chartmark scheme change notes/ --merge finding sign      --undo takes it back

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

pub const AGREEMENT: &str = "Examples:
  chartmark agreement anna.db ben.db          two annotators, each with a project of their own
  chartmark agreement notes/                  all annotators of one project
  chartmark agreement anna.db gold.jsonl      an annotator beside a gold file
  chartmark agreement anna.db ben.db --limit 50 --json

So that nobody sees what another has decided, each annotator takes a project of their own and hides the predictions (B):
  chartmark notes/ --annotator anna --project anna.db

Compared are the cells, a word and a label each, that two or more have decided. Of an annotator the last decision on a cell
counts, also where another has decided otherwise since; what was undone or taken back does not. Notes are the same where name
and text are, labels where their names are. An annotator of two projects is two raters. A gold file that is named is a rater
who has decided all of its labels on every word of its notes; imports into a project are nobody's and don't count. What was
accepted or set in bulk counts, and its share is told: beside the same predictions two who accept all agree without having
read, so --no-bulk leaves it out. What was decided while the model showed nothing is blind, and no bulk.

Per label: agree, the share of equal decisions; kappa, Cohen's, of more than two raters the mean over pairs weighted by cells;
alpha, Krippendorff's for any number of raters; F1 of one held against another. micro: the cells of all labels together. Label
sets: words on which two or more have decided all labels compared; alpha by the MASI distance, in which sets that overlap differ
less than others. A dash stands where a figure is not defined, as where nobody has ever decided otherwise. First among the words
are those with most labels in dispute, then those whose labels are disputed most. Changes nothing in any project.";

pub const CONFIG: &str = "Examples:
  chartmark config init                 files with every setting and every key, commented out
  chartmark config show                 what holds, and where it comes from
  chartmark config show --json
  chartmark config check                what is wrong, with the lines

The files lie in the folder that `config show` names; CHARTMARK_CONFIG_DIR names another. A flag counts before the environment
(CHARTMARK_THREADS=2), that before config.toml, that before the default. While config.toml or the environment has a mistake,
commands end with exit status 2; the screen opens, with defaults for what is wrong.";

pub const DOCTOR: &str = "Examples:
  chartmark doctor
  chartmark doctor notes/ --model mymodel
  chartmark doctor --clear-cache             remove the word vectors that are kept on disk

Otherwise it changes nothing. A line beginning with ✗ is broken (exit status 1); one beginning with ! works, but not at its best.";

pub const BENCH_UI: &str = "Examples:
  chartmark bench ui
  chartmark bench ui --brief --json
  chartmark bench ui --passes 9 --threads 2

Takes some minutes, and some 150 MB of the temporary folder. Each measurement is a process of its own that runs the screen
as it is, with its store, which syncs to the disk, and its model; the bytes that a terminal would be sent are made and
written, but no terminal draws them. A key's time runs from its arrival to its frame's last byte.";

pub const BENCH_HEAD: &str = "Examples:
  chartmark bench head
  chartmark bench head --words 10000 --notes 200 --json

Learns as the worker does, judging and thresholds included, from notes of a hundred words: in each, one cell in fifty is
corrected and the rest is accepted in bulk. The vectors are made up, of the size and the labels of the model.";

pub const BENCH_TRAINING: &str = "Examples:
  chartmark bench training
  chartmark bench training --model minilm --ids ids.json --json";

pub const BENCH_PREDICT: &str = "Examples:
  chartmark bench predict notes/
  chartmark bench predict gold.jsonl --passes 9 --json

The encoder alone and all of `predict` are timed one right after the other, since machines are not equally fast at all times; the
share that is told is the median of their ratios.";

"""Recognises words in raw sound (16 kHz, 16 bits, one channel) on standard input, with PocketSphinx and the model that it ships.

The arguments are the words that may be said. Prints the answer of `response_format=verbose_json`.
"""

import json
import sys

from pocketsphinx import Decoder

FRAMES_A_SECOND = 100

# A grammar of a few words in place of a model of the whole language: quicker, and surer with a synthetic voice.
decoder = Decoder(samprate=16000, lm=None, loglevel="FATAL")
grammar = "#JSGF V1.0; grammar said; public <said> = ( " + " | ".join(sys.argv[1:]) + " )+ ;"
decoder.add_jsgf_string("said", grammar)
decoder.activate_search("said")
decoder.start_utt()
decoder.process_raw(sys.stdin.buffer.read(), full_utt=True)
decoder.end_utt()

segments = []
for heard in decoder.seg() if decoder.hyp() else []:
    word = heard.word.split("(")[0]
    if word not in sys.argv[1:]:
        continue
    start, end = heard.start_frame / FRAMES_A_SECOND, (heard.end_frame + 1) / FRAMES_A_SECOND
    segments.append({"start": start, "end": end, "text": word, "words": [{"word": word, "start": start, "end": end}]})
text = " ".join(segment["text"] for segment in segments)
print(json.dumps({"task": "transcribe", "language": "english", "text": text, "segments": segments}))

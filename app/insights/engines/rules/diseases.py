"""The words that names of diseases and operations begin with."""

import re

# Words a disease begins with, so that "HTA, diabète" is two and "hyperuricémie, deux crises" one.
NAMED = re.compile(
    r"\s*(?:hta\b|hypertension|diab|dt ?[12]\b|dnid|did\b|bpco|asthme|tabag|tabac|ex-tabac|ancien tabag"
    r"|alcool|ethyl|oh\b"
    r"|f\.?a\b|acfa|fibrill|flutter|avc|ait\b|accident|idm|sca\b|infarct|angor|coronar|cardiop"
    r"|insuffisance|icc?\b|irc|ir\b"
    r"|dyslip|hyperchol|hypo|hyper|obes|saos|sas\b|syndrome|rgo|reflux|ulcere|gastr|hernie|lithiase"
    r"|colique|cancer"
    r"|carcinom|adenom|lymphom|myelom|leucem|depress|troubles?|schizo|epilep|parkinson|demence|maladie"
    r"|alzheimer|migraine"
    r"|osteop|arthr|goutte|lombalg|fracture|prothese|pt[hg]\b|thyro|goitre|anemie|thrombo|phlebit"
    r"|embolie|tvp|ep\b|aomi"
    r"|arteri|aneurysm|valv|stenos|glaucome|cataract|surdite|psoria|eczema|lupus|polyart|cirrhos"
    r"|hepatit|pancrea|colite|crohn|rch\b|sigmoid|diverticul|polyp|hbp\b|hypertrophie|prostat|pyelo"
    r"|cystit|incontinence|zona\b|polyn[ev]|sclerose|myasthen|spondyl"
    r"|scoliose|sinusit"
    r"|amput|vih\b|tubercul|pneumo|bronch|apnee|append|chole|amygdal|cesar|hyster|mastect|colect|\w+(?:ectomie"
    r"|plastie|ostomie))"
)

# Any of them, at the start of a word.
ANYWHERE = re.compile(rf"(?<![^\W_]){NAMED.pattern}|\b(?:patiente?|hospitalis\w+|nee? le)\b")

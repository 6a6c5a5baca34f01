### The words of the page in English. Each id has its sentence in vi.ftl.

## General

app-name = Tham vấn nhanh
unknown = unknown
and = { " " }and{ " " }
close = Close
cancel = Cancel
retry = Try again
menu = Menu
loading = Reading…
logging = Writing to the log…
skip = Skip to content
show-all = Show all ({ $count } characters)
show-less = Show less
hidden-character = A character that cannot be seen
unreadable = (this device cannot read the content)
unreadable-device = (this device has no key to read the content)
content-refused = Refused, content not shown: it does not match what was signed. Tell the auditor.
by-article = Basis: { $article }
error-unknown = This could not be done.
error-unknown-do = Try again. If it goes on, tell the system administrator.
not-state-secret = No state secrets
no-secrets = Do not enter or attach information on the list of state secrets.
purpose-footer = Result of a rapid consultation; it does not replace the official written opinion or reply that the law requires.
technical-signature = Each act carries a technical signature of the system; it has no value as an official document.

## Top bar and navigation

other-language = Tiếng Việt
language = Language
language-vi = Tiếng Việt
language-en = English
lock = Lock the screen
connection-online = Connected
connection-offline = No connection
connection-refused = Refused by the server
connection-engine = The application does not answer
nav-main = Main navigation
nav-home = Waiting for my agency
nav-home-auditor = First page
nav-new = New consultation or notice
report = Audit report
new-tab = { " " }(opens in a new tab)
nav-settings = Settings and device
channels = Channels
channels-empty = No channels yet. Once the founding agency brings you in, a channel shows here.
channels-empty-auditor = There is no channel in the log yet.
channel = Channel
channel-unnamed = (this device has not read the name of the channel)
channel-by-id = Channel { $id }
channel-unfounded = No founding record yet
branch-coordinating = Coordinating Council
branch-pillar = Community pillar
branch-designated = Field designated by the Regulation
branch-cross_sector = Cross-sector field
branch-cross_pillar = Cross-pillar field
channel-state-founded = founding record waits for approval
channel-state-approved = waits to be provisioned
channel-state-open = waits to be started
channel-state-closed = closed
unread =
    { $count ->
        [one] { $count } item not read
       *[other] { $count } items not read
    }
waiting-count =
    { $count ->
        [one] { $count } thing waits for my agency
       *[other] { $count } things wait for my agency
    }

## Labels, urgency, deadline

label = Label
label-is = Label:{ " " }
label-public = Public
label-internal = Internal
label-restricted = Restricted
label-mat = Mật
label-toi_mat = Tối mật
label-tuyet_mat = Tuyệt mật
urgency = Urgency
urgency-is = Urgency:{ " " }
urgency-normal = Normal
urgency-khan = Urgent (khẩn)
urgency-thuong_khan = Very urgent (thượng khẩn)
urgency-hoa_toc = Express (hỏa tốc)
deadline = Deadline
deadline-at = due { $time } (Hà Nội time, UTC+7)
deadline-log-time = Counted by the time of the log, not by the clock of this device.
left-days = { $days } d { $hours } h left
left-hours = { $hours } h { $minutes } min left
left-minutes = { $minutes } min left
left-seconds = { $seconds } s left
over-days = { $days } d overdue
over-hours = { $hours } h { $minutes } min overdue
over-minutes = { $minutes } min overdue
in-minutes = In { $minutes } minutes
in-hours =
    { $hours ->
        [one] In { $hours } hour
       *[other] In { $hours } hours
    }
at-time = At
time-example = 17:00
on-day = on (day/month/year)
day-example = 30/11/2026
deadline-chosen = { $time }, Hà Nội time (UTC+7). { $left }.
deadline-past = This moment has passed. Choose one that lies ahead.
zone-help = Hours and minutes, day/month/year; Hà Nội time (UTC+7), which is Jakarta time too.

## First page

home-title = Waiting for my agency
home-title-auditor = Audit of the log
waiting-none = Nothing waits for your agency
waiting-none-hint = When your agency is asked, told or requested, it shows here, the most urgent first.
report-title = Audit report
report-what = What was found in a copy of the log: the verdict, what was checked and what was not, each finding; nothing of what was said.
report-open = Open the report
report-none = There is no report to be shown here
report-none-do = Make one with "thamvan audit report … --out FILE", then open the page again with "thamvan ui --report FILE".
auditor-note = An auditor sees who did what, and when, and holds no key to what was said. Nothing here waits for you.
leading = Led by my agency
unread-title = Channels with something unread
following = Under way
ended = Ended ({ $count })
tally = Answered { $answered }/{ $asked }
not-answered = · Not answered: { $agencies }
remind =
    { $count ->
        [one] Remind the { $count } agency that has not answered
       *[other] Remind the { $count } agencies that have not answered
    }
reminded = The reminder to those who have not answered is in the log.
reminded-short = Reminded
complete-do = Every agency asked has answered: you can conclude.
state-draft = Draft
state-collecting = Collecting opinions
state-overdue = Overdue
state-complete = Complete
state-concluded = Concluded
state-archived = Archived
state-withdrawn = Withdrawn

## Consultation

consultation-unknown = This consultation is not here
consultation-unknown-do = This device may not have received it, or your agency is not in the channel. Go back to the first page for those it knows.
asked-by = Asked by: { $agency }
template = Template
template-general = General consultation
template-new_field_3_7b = New cross-pillar field (Article 3(7)(b))
template-new_field_3_7a = Proposal of a new cross-sector field (Article 3(7)(a))
template-policy_8_1 = Policy proposal in general (the coordinator) (Article 8(1))
template-policy_8_2 = Policy proposal in a pillar or field (Article 8(2))
template-policy_8_3 = Policy proposal made directly (Article 8(3))
template-initiative_11_1 = Initiative or idea (Article 11(1))
template-hosting_15_2 = Activities chaired in rotation (Article 15(2))
template-initiative_11_2 = Initiative or idea put to the Prime Minister (Article 11(2))
template-summit_document_12_3 = Document for a Summit (Article 12(3))
template-council_meeting_13 = Preparing a Community Council or the Coordinating Council (Article 13)
template-meeting_14 = Preparing ministers', senior officials' and other meetings (Article 14)
template-treaty_9_3 = Treaty or agreement on a new field (Article 9(3))
template-asean_name_10_2 = Instrument in the name of ASEAN on a new field (Article 10(2))
pillar-acc = ASEAN Coordinating Council
pillar-apsc = ASEAN Political-Security Community
pillar-aec = ASEAN Economic Community
pillar-ascc = ASEAN Socio-Cultural Community
instrument-treaty = a treaty
instrument-agreement = an international agreement
instrument-asean_name = an instrument in the name of ASEAN
instrument-notice = Prepares { $instrument }: the procedure in writing that the law demands still has to be followed; the outcome only prepares it and replaces no letter.
statutory = Time that the law sets for an answer in writing
statutory-working = { $days } working days
statutory-calendar = { $days } days
statutory-unknown = Number of days: as the act below says
statutory-verified = checked against the text
statutory-unverified = not verified
statutory-last = Last day: { $day }
statutory-no-dossier = The day of the full dossier is not recorded, so the last day is not known yet.
statutory-no-table = The last day cannot be said: the days off of that time are not in the system yet.
letter = Official letter
letter-is-none = None
letter-is-will_follow = Not sent yet, will follow
letter-is-sent = Sent
letter-unnamed = No letter has been named.
letter-number = Number, sign and date of the letter
letter-example = 1234/BNG-ASEAN, 26/11/2026
dossier = Day of the full dossier (if known)
dossier-help = Day/month/year. The time that the law sets, where it does, runs from this day.
dossier-on = Full dossier on { $day }
follow-up = Still to do: send the official letter
follow-up-mine = The consultation is concluded and its official letter has not been sent. Send it, then choose “Record the letter” on this page.
follow-up-theirs = The consultation is concluded and no official letter is recorded as sent. The lead agency ({ $agency }) sends and records it.
question = Question
question-title = What is asked
question-revised = The question was revised. An opinion on the earlier question does not carry over: read it again and answer again.
reason = Reason
reason-urgent = Why it is urgent
attachments = Attachments
matrix = Agencies asked
agency = Agency
seat-secretariat = ASEAN National Secretariat
event-delivered = Delivered
event-viewed = Viewed
event-acknowledged = Acknowledged
event-answered = Answered
event-done = yes
event-not-yet = not yet
my-agency = my agency
not-in-channel = not in the channel yet
silent = Not answered
silent-overdue = Overdue – not answered
revision = answer { $count }
answered-late = answered after the deadline
told = Notified, need not answer: { $agencies }
aside = Deadline and history
timeline = History
timeline-all = Show the { $count } deliveries and views too
timeline-less = Hide deliveries and views
by = { $official }, { $seat }
new-deadline = , new deadline { $time }
not-counted = { $capacity }, not counted as the agency's opinion
act-consultation-open = Question asked
act-consultation-extend = Deadline extended
act-consultation-reopen = Reopened
act-consultation-remind = Reminder to whoever has not answered
act-consultation-conclude = Concluded
act-consultation-withdraw = Withdrawn
act-question-revise = Question revised
act-letter-record = Official letter recorded
act-answer = Answer
act-delivered = Delivered
act-viewed = Viewed
act-acknowledged = Acknowledged

## My agency's opinion

my-opinion = My agency's opinion
acknowledge = Acknowledge
acknowledge-help = To acknowledge is to take it on; it is not to agree.
acknowledge-queued = The acknowledgement waits, it is NOT in the log yet
acknowledged-already = Acknowledged
acknowledged-said = The acknowledgement is in the log.
outside-do = The seat's device is not in the channel yet. Phone the founding agency, do not wait.
answer-not-you = Whoever holds the seat answers. If needed, ask the deputy or the system administrator.
answer-now = Current opinion: { $position } (answer { $count }).
answer-revise-help = It can be revised until the conclusion; earlier opinions stay in the history.
answer-change = Revise the opinion
answer-submit = Log the opinion
answer-again = Log the revised opinion
answer-summary-agency = Answer for { $agency }: { $position }.
answer-summary-unit = Opinion for the focal unit of { $agency }: { $position }.
answer-summary-personal = Personal expert opinion: { $position }.
answer-as-deputy = The deputy answers for the seat.
answered-said = The opinion is in the log.
answer-queued = Answered, waiting to be sent: the opinion is NOT in the log and does not count as answered.
answer-queued-do = The device logs it when there is a connection; the time of the answer is the time of the log. If the deadline is near, phone the leading agency and ask for an extension.
answer-waits = Answered, waiting to be sent
position = Opinion
position-agree = Agrees
position-agree_with_comments = Agrees with comments
position-disagree = Disagrees
position-no_opinion = Has no opinion
choose-position = Choose an opinion.
text-reason = Why the agency disagrees (required)
text-comments = Comments (required)
text-optional = Words (optional)
text-missing-disagree = A disagreement must give its reason.
text-missing-agree_with_comments = Agreeing with comments needs the comments.
text-count = { $bytes }/{ $max } bytes. The conclusion can repeat it word for word.
text-too-long = Too long. Shorten it, or attach the long part as a file.
capacity = In which capacity
capacity-agency = For the agency
capacity-unit = For the focal unit
capacity-personal = Personal expert opinion
capacity-not-counted = An opinion in this capacity is kept but does not count as the agency's.
no-speak-for = You have not been appointed to speak for the agency, so that capacity is not offered (rule E4).

## What the leading agency does

extend = Extend the deadline
extend-help = The new deadline holds for every agency; do it before the deadline passes.
reopen = Reopen
reopen-help = The deadline has passed. Reopen with a new one so that agencies can go on answering.
revise = Revise the question
revise-help = Every agency must answer again: opinions already given belong to the earlier question.
withdraw = Withdraw the consultation
withdraw-help = After that nothing can change; what was logged stays in the log.
record-letter = Record the letter
record-letter-help = Records the official letter beside the consultation, also after its conclusion. A later record replaces an earlier one; both stay in the log.
new-deadline-field = New deadline
act-incomplete = Fill in what is required and try again.
done-extend = The new deadline is in the log.
done-reopen = The consultation is open again.
done-revise = The question was revised; agencies answer again.
done-withdraw = The consultation was withdrawn.
done-conclude = The conclusion is in the log.
done-letter = The official letter is in the log.
conclude = Conclude
conclude-submit = Log the conclusion
conclusion = Conclusion
conclusion-text = Words of the conclusion
conclusion-missing = Write the conclusion.
conclusion-counts = Counts { $answered } of { $asked } agencies that answered. Whoever has not answered is never counted as agreeing.
count-position = { $position }: { $count }
count-silent = Not answered: { $count }
silent-agencies = Not answered: { $agencies }.
silence-is-no-opinion = Silence is never agreement; the conclusion says that these agencies have not answered.
dissent-carried = Dissent, repeated word for word in the conclusion by itself
dissent-of = Dissent of { $agency }, word for word
final = After the conclusion nothing can be changed.
bytes = { $bytes } bytes

## New consultation

new-title = Open a consultation
new-what = What is asked
new-when = How urgent, until when
new-whom = Which agencies
new-mark = Label and attestation
new-no-channel = There is no channel to open a consultation in
new-no-channel-do = A consultation is opened in a channel that is in use. Channels are founded by the agencies that Article 5(6) of the Regulation names.
choose-channel = Choose a channel
choose-channel-first = Choose the channel first: only agencies in it can be asked.
field = Field
choose-field = Choose a proposed field
pillar = Pillar or council
choose-pillar = Choose a pillar or council
new-letter = Instrument and official letter
instrument = Instrument that is prepared
instrument-no = None
choose-instrument = Choose which instrument
letter-fold = Name the official letter (optional)
title = Title
reason-help = Required, one sentence at least (Article 4(4)).
deadline-default = The suggested { $hours } hours are a default of the system, no term set by law.
ask = Ask
tell = Notify only
mandatory = Must be consulted
mandatory-help = This template must ask the agencies that are ticked ({ $article }); they cannot be left out.
nobody-to-ask = There is no other agency in this channel yet.
mission-help = The Mission of Viet Nam to ASEAN is asked: the ASEAN National Secretariat is notified at the same time (Article 18(2)). This cannot be turned off.
secret-check = Check against the list of state secrets (Decision 1178/QĐ-TTg of 4/8/2020 or what replaces it, and the lists of other fields). If it is on a list, stop: use the system or the letters meant for state secrets.
attest = I confirm that question, reason, title and files hold no information on the list of state secrets. The confirmation is logged.
new-submit =
    { $count ->
        [0] Send the question
        [one] Send the question to { $count } agency
       *[other] Send the question to { $count } agencies
    }
new-missing = Not sent yet:
missing-channel = choose a channel
missing-title = write a title
missing-question = write what is asked
missing-reason = write why it is urgent
missing-deadline = choose a deadline that lies ahead
missing-asked = choose at least one agency to ask
missing-field = choose the field
missing-pillar = choose a pillar or council
missing-instrument = choose which instrument is prepared
missing-letter = name the letter that asks for opinions: sent, or not sent yet (Article 9(1))
missing-letter-number = write number, sign and date of the letter that was sent
missing-dossier = write the day of the full dossier as day/month/year, or leave it empty
missing-mandatory = this template must ask an agency that is not in the channel: { $agencies }. Choose another channel, or ask the agency that founded this one to bring it in
missing-attest = confirm that it holds no information on the list of state secrets
opened-said = The consultation is open.

## Files

attach = Attach files
drop-here = or drop or paste files here
file-coming = arriving
file-ready = ready
file-failed = The file could not be taken
file-too-large = Too large: a file has at most 64 MiB
file-progress = Progress of { $name }
file-remove = Remove the file { $name }
file-save = Save{ " " }
file-saved = { $name } was verified and saved.

## Messages

messages = What was said in the channel
messages-none = Nothing here yet
messages-none-hint = An agency's opinion is logged at the consultation; messages do not count as opinions.
members-count = { $members } members, { $devices } devices
message-to = Message to { $channel }
message-placeholder = Write a message
send = Send
sending = Sending…
enter-sends = Enter sends, Shift+Enter makes a new line
draft-kept = Draft kept on this device
reply = Reply
reply-to = Reply to { $official }: { $text }
reply-end = Do not reply to this
reply-unknown = Answers something that is not in this channel
answers = In reply to:
to-end = Newest
item-queued = Waits, not in the log yet
item-logged = In the log
item-witnessed = Witnessed
item-refused = Refused
item-held = Not shown yet: the quorum of witnesses has not confirmed the sending device.
refused-do = This was not logged. Look at it again, then write and send it anew.
drop-outgoing = Drop
dropped-said = Dropped from the outbox; it will not be sent.
gap = The items below are from before this device came into the channel, so it has no key to read them. Nothing is hidden: every item stands in its place in the log.
channel-left = You have left the channel: this device receives nothing more, what is here stays readable.
channel-why-founded = The founding record waits for the approval of another person.
channel-why-approved = The channel waits to be provisioned by the system administrator.
channel-why-open = The channel waits to be started by its founding agency.
channel-why-started = This device cannot send into the channel.
channel-why-closed = The channel is closed: it takes nothing more, what is here stays readable.
channel-why-auditor = An auditor sees who sent, and when; has no key to read what was said, and sends nothing here.
channel-rejected = A device made a change of keys that other members could not apply.
channel-rejected-do = Look at "Who can read it, and why to trust it", then ask the founding agency before you write on.

## Why it can be trusted

record = Record
export = Preview and export the record
export-do = Export the record
export-document = Document
document-phieu-lay-y-kien = Opinion form
document-bang-tong-hop-y-kien = Table of opinions
document-bien-ban = Minutes (draft)
document-cong-van = Draft letter
preview-of = Preview: { $title }
export-draft = This is a draft: the records office gives number and symbol; it has no value of an official document yet.
export-reason-help = That the record leaves is logged first; the members of the channel can read the reason.
export-save = Save { $name }
exported = The export is logged
exported-do = Save each file below before you close this window. The file chung-cu.thamvan is the evidence: anybody can verify it, without a network or an account.
act-record-export = Record taken out of the system
act-record-archive = Record handed over to the archives

disclose = Disclose to an auditor
disclose-short = Disclose
disclose-help = Only the chosen part is opened, to one auditor. It is logged first, and cannot be taken back.
disclose-part = The part
disclose-to = The auditor
disclose-nobody = There is no auditor for this channel yet. Ask the system administrator of your agency.
disclose-reason-help = The reason is logged without encryption: do not say in it what was said.
disclosed = The disclosure is in the log
disclosed-do = The file { $file } has been saved. Hand it to { $auditor }, who can verify it without a network.
disclose-again = Save the file again
part-text = Text
part-title = Title
part-opinion_value = Opinion (agreed or not)
part-opinion_text = Text of the opinion
part-attachment = Attachment
part-reason = Reason
part-question = Question
part-conclusion = Conclusion
part-dissent = Dissent

why = Why trust this?
why-signed = Signed by a device of { $official } ({ $agency })
why-signed-more = This device has checked the technical signature; the content matches what was signed.
why-enrolled = The device was enrolled by { $signers }
why-enrolled-more = Two persons compared the verification code; the enrolment is in the log.
device-is = device
why-logged = It is entry { $index } of the log, written at { $time }
why-logged-more = The log only grows; nothing is changed or removed without every copy showing it.
why-witnessed = A quorum of independent witnesses has confirmed the part of the log that holds it
why-witnessed-more = Confirmed by: { $names }
why-not-witnessed = In the log, waiting for the witnesses
why-not-witnessed-more = Usually a second or two. If it takes more than a few minutes, tell the system administrator.
why-member = The sender is in the channel by these records
why-no-member = The sender can no longer read the channel, because:
trust = Who can read
trust-title = Who can read it, and why to trust it
trust-help = Everything below was checked by this device from the signed log; none of it rests on the server's word.
trust-log = Log and witnesses
quorum-ok = A quorum of witnesses has confirmed the log.
quorum-none = The policy of this log names no witness: only the server vouches that everybody sees the same log.
quorum-unknown = Not known yet: this device has not read the policy of the log.
quorum-missing = The newest entries of the log are not yet confirmed by a quorum of witnesses. You can go on; if it takes more than a few minutes, tell the system administrator.
quorum-old = The last confirmation by a quorum of witnesses is more than 10 minutes old. Check the clock of this device; if it goes on, tell the auditor.
time-conflict = The time of entry { $index } of the log contradicts the times at which the witnesses confirmed it. Tell the auditor before you rely on times and deadlines.
witness = Witness
witnesses = Witnesses
checkpoint = Last checkpoint
checkpoint-size = { $size } entries verified
checkpoint-witnessed = witnessed up to entry { $size }
root-hash = Root hash of the log
log-origin = Name of the log
genesis = Hash of the genesis
founding = Founding record
founding-basis = (Article 5(6))
purpose = Purpose
founder = Founding agency
founded-by = Founding record made by
approved-by = Founding record approved by
provisioned-by = Provisioned by
closed-by = Closed by
review = To be reviewed by
readers = Members ({ $count })
readers-help = Only the devices below can read the content. Administrators, auditors and the server have no key.
grounds = Records{ " " }
device-in = in the channel
device-out = not in the channel yet
enrolled-by = enrolled by: { $signers }
device-unwitnessed = a quorum of witnesses has not confirmed this device, so nothing is sent to it
signed-by-root = root keys
signed-when = signed by { $signers }, { $time }
term-until = · until { $time }
term-ended = · over since { $time }
void-title = Void
void-help = Entries that were logged against the rules: they keep their place and have no effect for anybody.
device-barred = Out: a device of { $official } made a change of keys that { $by } could not apply.
device-doubted = In doubt: a device of { $official } made a change of keys that { $by } could not apply.
obstacle-unknown_official = the directory does not know this official
obstacle-not_founded = the channel has no founding record
obstacle-not_approved = the founding has not been approved
obstacle-not_provisioned = the channel has not been provisioned
obstacle-not_started = the channel has not been started
obstacle-not_a_member = never made a member
obstacle-member_removed = removed from the channel
obstacle-member_left = has left the channel
obstacle-not_authorised = not authorised for the level of the channel, or no longer (rule S10)
obstacle-no_device = no device was ever enrolled
obstacle-devices_revoked = every device has been revoked
obstacle-devices_suspended = every device that is left is suspended
obstacle-official_ended = the official, or the official's agency, has ended in the directory
obstacle-term_ended = the last appointment to a seat is over (rule R19.2)
obstacle-not_in_group = the device is not in the channel yet (a member must bring it in)
obstacle-device_barred = the device is out until the founder removes its owner and adds them anew
ground-official = Official named in the directory
ground-seat_appointed = Appointed to the seat
ground-role_granted = Given the role
ground-role_revoked = Role taken away
ground-device_enrolled = Device enrolled
ground-device_revoked = Device revoked
ground-device_suspended = Device suspended
ground-device_resumed = Suspension of the device lifted
ground-appointment_ended = Appointment to a seat ended before its date
ground-official_ended = Official ended in the directory
ground-agency_ended = Agency of the official ended in the directory
ground-registered = Channel registered
ground-founded = Channel founded for the agency
ground-founding_approved = Founding approved
ground-provisioned = Channel provisioned
ground-member_added = Made a member
ground-member_removed = Removed as a member
ground-member_left = Left the channel
ground-authorised = Authorised up to
ground-authorisation_ended = Authorisations ended
ground-group_started = Channel started
ground-device_added = Device brought into the channel
ground-device_removed = Device taken out of the channel
ground-commit_rejected = A change of this device could not be applied
ground-group_succeeded = A successor group began
ground-closed = Channel closed

## What holds for the whole window

engine-gone = The application on this machine does not answer
engine-gone-do = Open Tham vấn nhanh on this machine again.
engine-back = The page reconnects once the application runs. What you see may be old; nothing can be sent.
offline = No connection to the server
offline-since = No connection to the server since { $time }
offline-do = What is here stays readable. Messages, acknowledgements and opinions wait on this device and leave when there is a connection; waiting is not answered. If a deadline is near, phone the leading agency.
refused = The server refuses this device
refused-device-do = The device may have been revoked, or its enrolment is not finished. Ask the system administrator of your agency.
problem = Something needs your attention
problem-unknown_device = This device is no longer in use
problem-expired = The authorisation has expired
problem-term_ended = The appointment to the seat is over
problem-finding = A contradiction was found: stop, and leave the device as it is
problem-made_time = The clock of this device is wrong
problem-clock_behind = The clock of this device is slow
problem-witnesses_missing = Too few witnesses
problem-witnesses_old = The witnesses' confirmation is old
problem-store_damaged = The data on this device is damaged
problem-version = This version does not work with the server
locked-title = The screen is locked
locked-help = Enter the passphrase of this device to go on. Drafts of messages are kept.
passphrase = Passphrase
unlock = Unlock
unlocking = Opening…
passphrase-forgotten = Nobody can recover a forgotten passphrase: ask the system administrator to revoke this device and enrol it anew.
gone-title = This session is over
gone-help = An address works once. Open Tham vấn nhanh on this machine again for a new session.
gone-safe = Nothing is lost: the content is on this device, encrypted.
command-ui = thamvan ui

## Settings and device

settings-title = Settings and device
settings-look = Appearance
theme = Light or dark
theme-system = As the system
theme-light = Light
theme-dark = Dark
notifications = Notifications
notifications-help = A notification says that something waits, never its content, its title or the name of an agency.
notifications-ask = Turn on notifications on this machine
notifications-on = Notifications are on.
notifications-denied = The browser blocks notifications of this page. Allow them in the browser's settings for it.
notifications-missing = This browser has no notifications.
notify-hoa-toc = Something critical (hỏa tốc) waits for your agency.
notify-waiting = Something waits for your agency.
notify-message = There is something new.
sound = Sound for express (hỏa tốc)
sound-try = Listen
outbox = Outbox
outbox-none = Nothing waits.
outbox-help = These are NOT in the log yet. The device sends them when there is a connection.
outbox-act = (an act of a consultation)
outbox-queued = waits
outbox-sent = sent, no answer yet
outbox-refused = refused
this-device = This device
official = Official
devices = Devices
this-one = (this device)
server = Server
ceiling = Ceiling of the system
version = Version
restored = The data of this device was once restored from an old copy, or copied.
restored-do = If you did not restore it, tell the system administrator at once.
lost-device = If a device is lost, phone the system administrator at once: it is revoked immediately.
auto-lock = The screen locks after 5 minutes without use.

## Reminding by itself, quiet hours

notify-reminder = Your agency has not answered a consultation, notice or request; little time is left.
notify-silent = Agencies have not answered a consultation that your agency leads.
reminder-urgent = Reminder: an express (hỏa tốc) consultation, notice or request has not been answered, and its time runs out.
reminder-waits = Reminder: a consultation, notice or request has not been answered, and its time runs out.
reminder-silent = Reminder: agencies have not answered a consultation, notice or request of your agency.
reminder-seen = Noted
reminds-itself = This device reminds by itself who has not answered: { $time }
reminders = Reminders
reminders-help = This device reminds at half, three quarters and nine tenths of the time, and only while an agency has not answered.
quiet-hours = Quiet hours (Hà Nội time)
quiet-from = From
quiet-until = Until
quiet-days = Quiet on days off too
quiet-never = Express (hỏa tốc) is always told at once. Everything else is told when quiet hours end.
quiet-incomplete = Give two different times.
auto-remind = Remind by itself who has not answered a consultation that my agency leads
auto-remind-help = At three quarters of the time and at the deadline. Each reminder is logged in your name.
reminders-save = Save
reminders-saved = Reminders are saved.

## What to do after a refusal, in place of words for the command line

hint-E4 = Whoever may speak for the agency answers; or choose another capacity: that opinion is kept but does not count as the agency's.
hint-R4_4 = Write at least one sentence as the reason.
hint-R19_1 = Appoint a successor on this page and have a second person confirm it, then end the former one.
hint-S7 = Read content and files again. If they hold nothing on the list of state secrets, tick the confirmation; if they do, do not enter them here.
hint-W1 = Name the letter under “Official letter”: sent, with number, sign and date; or not sent yet.
hint-W2 = Conclude once all have answered or the deadline has passed; you can remind those who have not.
hint-act = The page has read the newest state: look at it again, then take the step that fits.
hint-acting_for = Open this page again and answer: it names the seat that a deputy answers for.
hint-asked = Choose again: each agency once, not your own, 48 seats at most.
hint-attachment_refused = Try to save it once more. If it happens again, do not use this file: tell the sender and the auditor.
hint-channel_broken = The device comes back into the group by itself once it has read the newest state. If it still cannot send, tell the auditor and the founding agency.
hint-consultation = Look at the consultation again, then take the step that fits. Nothing was sent.
hint-content = Add what is missing and send again. Nothing was sent.
hint-counts = Read the new opinion on this page, then conclude again.
hint-deadline = Choose a deadline that lies ahead and after the one in force.
hint-deadline_order = Extend before the deadline, reopen after it.
hint-dissent = Conclude again: the system repeats the dissent word for word by itself.
hint-made_time = Set the clock of this device (Hà Nội time, UTC+7; best by itself), then try again.
hint-mandatory_missing = Choose template and field again: the page ticks the agencies that must be consulted.
hint-nobody_awaited = Look at the opinions and conclude.
hint-not_found = Try again. If it should be there, tell the auditor.
hint-not_the_lead = Ask the leading agency to do it; it is named at the top of the page.
hint-not_witnessed = Try again in a few minutes; if it goes on, ask the operator to check the witnesses. What you wrote waits in the outbox.
hint-opinion_reason = Write the reason or the comments.
hint-other_seat = Whoever is appointed to that seat does this on their own device.
hint-outbox_sent = Open the channel to see what became of it.
hint-rate_limited = Wait a few minutes and try again.
hint-recipients_changed = Look at the members under "Who can read"; if it still suits every agency, write and send it again.
hint-stale_epoch = Try again: the device has read the change and encrypts anew.
hint-stale_opinion = The current opinion is shown on this page: look at it, then answer again.
hint-stale_question = The current question is shown on this page: read it, then answer again.
hint-stopping = Wait until the server is back. Look at the channel before you send again.
hint-storage_full = Ask the operator of the server to make room, then try again.
hint-store_failed = Check the free space on the disk and try again; if it goes on, tell the system administrator.
hint-unknown = Go back to the first page and choose again: it may be gone, or this device has not received it.
hint-unknown_device = Ask the system administrator of your agency; to be used again it needs a new ticket. What was read stays on this device.
hint-unreachable = Check the network. What waits is kept on this device and leaves by itself. If the details speak of a certificate, do not ignore it: tell the system administrator.
hint-update_rests = The message waits and leaves by itself in half a minute.
hint-two_persons = A second person takes this step on their own device.
hint-void = The page shows the latest state: look again, then take the step that fits.
hint-words_missing = Write it, then send again.

## Notices and requests for information

form-consultation = Consultation
form-notice = Notice
form-request = Request for information
state-notice-collecting = Waiting for receipts
state-notice-overdue = Receipts overdue
state-notice-complete = Everybody has acknowledged it
state-request-collecting = Waiting for information
state-request-overdue = Information overdue
state-request-complete = Information provided
position-information = Provides information
text-information = The information (required)
text-missing-information = Write the information; attach long documents and name them here.
took-days = provided after { $days } d { $hours } h { $minutes } min
took-hours = provided after { $hours } h { $minutes } min
took-minutes = provided after { $minutes } min
in-days = In { $days } days
ask-all = All
secretariat-help = The ASEAN National Secretariat of Viet Nam is told as well ({ $article }). This cannot be turned off.
notice-deadline = Acknowledge by
notice-new-deadline-field = New deadline for receipts
notice-deadline-default = The suggested 7 days are a default of this system, no time limit of the law.
notice-asked-by = Notice by: { $agency }
notice-question = Text
notice-question-title = What is made known
notice-question-revised = The text was revised. Receipts given before are for the earlier text: read it and acknowledge it again.
notice-matrix = Agencies that receive it
notice-event-acknowledged = Acknowledged
notice-answered-late = acknowledged after the deadline
notice-silent = Not acknowledged yet
notice-silent-overdue = Overdue – not acknowledged
notice-told = Informed only, need not acknowledge: { $agencies }
notice-tally = Acknowledged { $answered }/{ $asked }
notice-not-answered = · Not acknowledged: { $agencies }
notice-remind =
    { $count ->
        [one] Remind the { $count } agency that has not acknowledged
       *[other] Remind the { $count } agencies that have not acknowledged
    }
notice-reminded = The reminder to those who have not acknowledged is in the log.
notice-my-opinion = The receipt of my agency
notice-acknowledge = Acknowledge receipt
notice-acknowledge-help = A notice is acknowledged, not answered. A receipt is no agreement.
notice-acknowledged-already = Acknowledged
notice-acknowledged-said = The receipt is in the log.
notice-act-consultation-open = Notice
notice-act-consultation-remind = Reminder to whoever has not acknowledged
notice-act-consultation-extend = Deadline for receipts extended
notice-act-consultation-withdraw = Notice withdrawn
notice-act-question-revise = Text revised
notice-act-acknowledged = Acknowledged
notice-extend = Extend the deadline
notice-reopen-help = The deadline has passed. Reopen with a new one so that agencies can go on acknowledging.
notice-revise = Revise the text
notice-revise-help = Every agency has to acknowledge again: receipts given are for the earlier text.
notice-withdraw = Withdraw the notice
notice-done-extend = The new deadline for receipts is in the log.
notice-done-reopen = The notice is open again.
notice-done-revise = The text was revised; agencies acknowledge again.
notice-done-withdraw = The notice is withdrawn.
notice-purpose-footer = A notice in this system does not replace the official document that the law requires.
notice-new-title = Post a notice
notice-new-what = What is made known
notice-new-whom = To which agencies
notice-new-submit =
    { $count ->
        [0] Post the notice
        [one] Post the notice to { $count } agency
       *[other] Post the notice to { $count } agencies
    }
notice-opened-said = The notice is posted.
notice-ask = Acknowledges
notice-mandatory = Must be told
notice-mandatory-help = This template must go to the agencies that are ticked ({ $article }); they cannot be left out.
notice-missing-question = write what is made known
notice-missing-deadline = choose a deadline for receipts that lies ahead
notice-missing-asked = choose at least one agency that acknowledges
notice-missing-mandatory = this template must go to an agency that is not in the channel: { $agencies }. Choose another channel, or ask the agency that founded this one to bring it in
notice-attest = I confirm that text, title, reason (if any) and files hold no information on the list of state secrets. The confirmation is logged.
notice-tell = Inform only
request-deadline = Provide by
request-new-deadline-field = New deadline for the information
request-deadline-default = The suggested 7 days are a default of this system, no time limit of the law.
request-asked-by = Requested by: { $agency }
request-question = What is requested
request-question-title = What is requested
request-question-revised = The request was revised. Information provided before is for the earlier request: read it and provide it again.
request-matrix = Agencies requested
request-event-answered = Provided
request-silent = Not provided
request-silent-overdue = Overdue – not provided
request-answered-late = provided after the deadline
request-told = Informed only, need not provide: { $agencies }
request-tally = Provided { $answered }/{ $asked }
request-not-answered = · Not provided: { $agencies }
request-remind =
    { $count ->
        [one] Remind the { $count } agency that has not provided it
       *[other] Remind the { $count } agencies that have not provided it
    }
request-reminded = The reminder to those who have not provided it is in the log.
request-my-opinion = Provide information
request-act-consultation-open = Request for information
request-act-consultation-remind = Reminder to whoever has not provided it
request-act-consultation-extend = Deadline for the information extended
request-act-consultation-withdraw = Request withdrawn
request-act-question-revise = Request revised
request-extend = Extend the deadline
request-reopen-help = The deadline has passed. Reopen with a new one so that agencies can go on providing.
request-revise = Revise the request
request-revise-help = Every agency has to provide anew: what was provided is for the earlier request.
request-withdraw = Withdraw the request
request-done-extend = The new deadline for the information is in the log.
request-done-reopen = The request is open again.
request-done-revise = The request was revised; agencies provide anew.
request-done-withdraw = The request is withdrawn.
request-answer-now = Provided (revision { $count }): { $position }.
request-answer-revise-help = It can be added to until the record is archived; what was provided before stays in the history.
request-answer-change = Add to it or correct it
request-answer-submit = Provide the information
request-answer-again = Provide it again
request-answered-said = The information is in the log.
request-answer-queued = Provided, waiting to be sent: the information is NOT in the log and does not count as provided.
request-answer-queued-do = The device logs it when there is a connection; the time of the log counts. If the deadline is near, phone the agency that requests it and ask for more time.
request-answer-waits = Provided, waiting to be sent
request-answer-not-you = Whoever holds the seat provides it. If need be, ask the deputy or the system administrator.
request-text-count = { $bytes }/{ $max } bytes. Send long texts as a file.
request-not-counted = { $capacity }, does not count as the agency's information
request-capacity-not-counted = Information in this capacity is kept and does not count as the agency's: the request goes on waiting.
request-purpose-footer = Information provided in this system does not replace the official document that the law requires.
request-new-title = Request information
request-new-what = What is requested
request-new-whom = Of which agencies
request-new-submit =
    { $count ->
        [0] Send the request
        [one] Send the request to { $count } agency
       *[other] Send the request to { $count } agencies
    }
request-opened-said = The request is sent.
request-ask = Request
request-mandatory = Has the duty to provide it
request-mandatory-help = This template goes to the agency that has the duty to provide it, and to nobody else; it is ticked ({ $article }).
request-missing-question = write what is requested
request-missing-deadline = choose a deadline for the information that lies ahead
request-missing-asked = choose at least one agency to request it of
request-missing-mandatory = this template goes to an agency that is not in the channel: { $agencies }. Choose another channel, or ask the agency that founded this one to bring it in
request-attest = I confirm that request, reason, title and files hold no information on the list of state secrets. The confirmation is logged.
request-tell = Inform only
request-capacity = In which capacity

## Archives, exports

item-erased = Gone from this device, as the channel keeps chat for some days alone; the log still says who sent it, and when.
archived = The record was handed over to the archives
archived-by = Receipt: { $official } ({ $seat }), { $time }.
archive-do = It has ended: hand its record over to the archives on the command line of this device.
archive-again = Something was added after the hand-over: hand it over again on the command line of this device.
command-archive = thamvan consult archive { $id } --out NEW-FOLDER

## Focal units, dated duties

focal-changes = Changes of focal units (Article 19(1))
focal-named = was named the focal unit for ASEAN cooperation.
focal-appointed = { $official } was appointed to the focal unit.
focal-ended = { $official } no longer holds the focal unit.
focal-note = Take note
focal-noted-said = That you took note of the change is in the log.
focal-receipts = Taken note of by: { $agencies }
focal-no-receipts = No agency has taken note of it yet
own-seats = The focal seats of my agency
focal-gap = The focal unit lacks: { $missing }. Ask the system administrator of your agency to have somebody appointed (Article 19(1)).
seat-focal = focal unit for ASEAN cooperation
seat-role-primary = primary
seat-role-deputy = deputy
seat-role-acting = acting
seat-speaks = , appointed to speak for the agency
seat-from = from { $time }
seat-until = until { $time }
seat-no-end = (no end named)
seat-empty = Nobody is appointed.
appoint = Hand over, appoint
appoint-title = Appoint to { $seat }
appoint-official = Official
appoint-choose = Choose an official of the agency
appoint-no-device = { $official } (no device yet)
appoint-device = This official has no live device: they can be appointed, and can work once the system administrator has enrolled a device for them.
appoint-as = Role at the seat
appoint-speaks = Appointed to speak for the agency
appoint-until = Until the end of (optional)
appoint-until-help = For a secondment, for example: after this day the official reads and sends in channels no more.
appoint-wrong-day = Give a day ahead, as day/month/year, or leave it empty.
appoint-second = Two persons are needed: it holds once confirmed by { $names }. Phone them after it is logged.
appoint-no-second = Two persons are needed: it holds once another one has confirmed it.
appoint-remains = Nobody leaves the seat by this: the former holder keeps it until it is ended on this page. The successor reads channels once added to them, with a device that is enrolled.
appoint-submit = Log the proposal
appoint-said = The proposal is logged; a second person has to confirm it.
end-appointment = End
end-title = End the appointment of { $official }
end-help = It takes effect at once at { $seat }, without a second person. What waits still belongs to the seat. The focal unit always keeps a primary and a deputy.
end-cancel = Leave as it is
end-said = The appointment of { $official } has ended.
appointments = Appointments that wait for a second person
appointment-of = { $seat }; proposed by { $official }; lapses at { $time }.
appointment-second = Who may confirm: { $names }.
appointment-no-second = Nobody else may confirm it yet: ask the system administrator.
appointment-confirm = Confirm
confirmed-said = Confirmed: { $official } holds the seat.
absent-title = Holders of a seat who are not in a channel
absent-help = Whoever holds a seat reads a channel from when they are added to it; then they are handed the open questions, where the channel allows it.
absent-of = { $official }: { $count ->
    [one] { $count } channel
   *[other] { $count } channels
  }
absent-add = Add to the channel
absent-ask = Ask to be added: { $names }
absent-founder = Ask the agency that founded the channel: { $agency }
add-reason = Hand-over of { $seat }
added-said = { $official } is added to { $channel }.
hand-over-here = Appoint a successor or an acting official first; once a second person has confirmed it and the successor is in the channels, end the former one.
hand-over-ask = Who can appoint: { $administrators }. Who can confirm: { $approvers }.
hand-over = Handing a seat over
hand-over-keeps = Consultations, notices and requests belong to the seat, not to the person: whoever is appointed goes on with what waits, in the middle of a consultation too. A new device reads from when it came into the channel.
hand-over-do = To hand over, or before a long absence, phone the system administrator of your agency first: a successor or an acting official is appointed, and only then the former one ends. The administrator does it on this page, on their own device.
due-title = Due within the next 30 days
due-line = To the end of { $time } (Hà Nội time): { $what } – { $owner } ({ $article })
due-unarchived = Not handed over: { $count }
duty-year_report = year report
duty-master_plan = master plan of the year
duty-briefing = yearly briefing of the participating agencies
duty-archive = reminder to hand ended records over to the archives (a reminder of the system, no time limit of the law)
template-notice_5_1 = Notice of guidelines and policy by the coordinator (Article 5(1))
template-notice_5_2 = Notice of the general situation by the National Secretariat (Article 5(2))
template-notice_5_3 = Notice of the situation in a pillar or field (Article 5(3))
template-notice_5_4 = Notice of the situation in an agency's own area (Article 5(4))
template-report_6 = Report sent to the agencies concerned and the National Secretariat (Article 6(1) and (3))
template-meeting_7_2 = Notice of an ad hoc meeting (Article 7(2))
template-hosting_15_1 = Notice of hosting ASEAN activities (Article 15(1) and (3))
template-request_5_1 = Request for information to the coordinator (Article 5(1))
template-request_5_2 = Request for information to the National Secretariat (Article 5(2))
template-request_5_3 = Request for information to the lead of a pillar or field (Article 5(3))
template-request_5_4 = Request for information to a participating agency (Article 5(4))

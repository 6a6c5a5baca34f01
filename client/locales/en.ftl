### The words of thamvan in English. Every id has its counterpart in vi.ftl.

## Failures: the frame

failure =
    { $message }
    What to do: { $hint }

## Failures on this device

error-usage = The command was not carried out. { $detail }
hint-usage = Put --help after the command to see its use, for example "thamvan channel found --help".
error-no_home = The folder holds no thamvan data (technical detail: { $detail }).
hint-no_home = Name the right folder with --home or THAMVAN_HOME (folder of the root keys: --dir). A device that is not enrolled yet starts with "thamvan enrol" and its enrolment ticket.
error-home_exists = The folder holds thamvan data already and is not overwritten (technical detail: { $detail }).
hint-home_exists = Choose another folder. Do not delete the old one while it may be needed: the keys in it cannot be made again.
error-home_in_use = Another process uses this data folder, so it was not opened (technical detail: { $detail }).
hint-home_in_use = End the thamvan process that uses the folder (for example "read --follow" or a waiting "enrol") and run the command again.
error-wrong_passphrase = The unlocking passphrase is not correct.
hint-wrong_passphrase = Enter it again; check the Vietnamese input method, Caps Lock and the file named in THAMVAN_PASSPHRASE_FILE. The passphrase is stored nowhere and nobody can recover it: if it is lost, ask the system administrator to revoke this device and to issue a new enrolment ticket.
error-store_damaged = The data on this device is damaged or contradicts itself, so thamvan stopped (technical detail: { $detail }).
hint-store_damaged = Do not repair, delete or overwrite the data folder with an older copy. Tell the system administrator; if the device must be enrolled again, use a new ticket and a new folder.
error-store_failed = The data on this device cannot be read or written (technical detail: { $detail }).
hint-store_failed = Check free disk space and the rights on the data folder, then run the command again; if it happens again, tell the system administrator.
error-file_failed = A file cannot be read or written (technical detail: { $detail }).
hint-file_failed = Check the path, the rights and free disk space. An existing file is never overwritten: choose another name.
error-no_randomness = The operating system gave no secure random numbers, so no key was made.
hint-no_randomness = Do not use this device until its operating system has been checked; then run the command again.
error-ticket_invalid = The enrolment ticket is not valid (technical detail: { $detail }).
hint-ticket_invalid = Check the path of the ticket file, or paste the whole ticket, which begins with "thamvan-ticket:". If the ticket is damaged, ask the system administrator for a new one.
error-not_enrolled = This device has not completed its enrolment, so it cannot run this command yet.
hint-not_enrolled = Read the verification code out to the two persons who confirm the device, then run "thamvan enrol" again with the same ticket.
error-unknown = Nothing matches what the command names (technical detail: { $detail }).
hint-unknown = Look the name or id up: "thamvan channels" (channels), "thamvan channel show" (agencies and members of a channel), "thamvan consult list" (consultations), "thamvan admin device list" (devices that wait), "thamvan admin proposal list" (proposals that wait). A shortened id needs its first 6 characters or more.
error-ambiguous = The name or the beginning of the id matches more than one thing, and the command does not choose between them (technical detail: { $detail }).
hint-ambiguous = Give more characters of the id, or all of it.
error-not_allowed = This device refused before sending, because the request breaks a rule of the system (technical detail: { $detail }).
hint-not_allowed = Read the rule in the detail, change the request and run the command again. This request was not sent to the server.
error-code_mismatch = The verification code differs from the one computed here, so the device was not confirmed.
hint-code_mismatch = Compare the code with the owner of the device group by group, in person. If it still differs: stop, do not confirm the device, and tell the auditor at once, because the device may have been replaced on the way.

## Refusals on this device, by rule

error-channel_order = This step comes too early: a channel is founded, its founding record is approved, it is provisioned, and only then started (rule R5.6-3, Article 5(6)).
hint-channel_order = See where the channel stands with "thamvan channel show" and ask whoever is responsible to take the missing step. Starting needs a device that could open the channel's name, usually the founder's.
error-channel_broken = This device could not follow the last change of the channel's group, so it cannot send into the channel.
hint-channel_broken = Run "thamvan read" for the channel: the device joins the group again by itself once it has read the newest. If it still cannot send, tell the auditor and the founding agency.
error-name_not_sealed = This device cannot open the name and purpose of the channel and so cannot start it: they were sealed to the devices that founder, approvers and administrators had at the founding.
hint-name_not_sealed = Start the channel from the device of whoever founded it.
error-channel_closed = The channel is closed and takes no more messages; what was said stays readable.
hint-channel_closed = If there is more to consult about, ask an agency that may found one for another channel.
error-proposals_changed = The list of proposals is another one than this code names, so nothing was approved.
hint-proposals_changed = Look at the list again with “thamvan admin proposal list” and take the code at its end.
error-device_code = A device is approved only after its verification code has been compared with its owner.
hint-device_code = Use “thamvan admin device approve” with the code that the owner reads out.
error-passphrase = The passphrase of the root keys must not be empty.
hint-passphrase = Choose a long passphrase and run the command again.
error-channel_not_started = The channel has not been started, so there is no key yet to encrypt a message with.
hint-channel_not_started = Ask the founder agency to run "thamvan channel start", then send again.
error-update_rests = Another device of the channel has just changed its keys, so this one waits half a minute before it changes its own and sends its first message.
hint-update_rests = The message is still in the outbox; wait half a minute and run "thamvan read" for the channel.
error-recipients_changed = An agency joined the channel after this message was written, so the message is not sent to it unasked.
hint-recipients_changed = See the agencies with "thamvan channel show --json"; if the text is still right for all of them, write and send it again.
error-text_length = The message is empty or too long: a text has 1 to 131,072 bytes (technical detail: { $detail }).
hint-text_length = Shorten the text or divide it into several messages.
error-threshold = The number of signatures needed must be 1 to the number of root keys.
hint-threshold = Change --threshold or --keys, for example 2 of 3, and run the command again.
error-policy = The log policy file is not valid (technical detail: { $detail }).
hint-policy = Use the tlog-policy file that the server made, line by line as it is, and run the command again.
error-ca = The certificate file is not valid (technical detail: { $detail }).
hint-ca = Name with --ca a PEM file that holds the certificate of the authority that certifies the server.
error-request = The enrolment request is not signed by the key that it names, so it was not confirmed.
hint-request = Take the file enrolment.request from the data folder of the device again, in person. If it is refused again, tell the auditor.

## Connection, protocol and findings

error-unreachable = The server cannot be reached (technical detail: { $detail }).
hint-unreachable = Check the network and run the command again. A message that is already in the outbox is kept on this device and goes out before the next one of its channel: see "thamvan status" before writing it again. If the detail speaks of a certificate, do not ignore it; tell the system administrator.
error-protocol = Data does not follow the protocol thamvan.v1 and was not used (technical detail: { $detail }).
hint-protocol = If the data came from a file, check that it is the right file. If it came from the server, update thamvan and try again; if it still happens, keep the data folder as it is and tell the system administrator and the auditor.
error-finding = Verification finding: the log or the server contradicts itself or what this device has verified before, so the data was not accepted (technical detail: { $detail }).
hint-finding = This is evidence, not a mistake in use. Keep the data folder as it is (do not delete it, do not enrol again), note the time and tell the auditor at once by telephone or in person; do not use the channel until it is cleared up.
error-mls = The end-to-end encryption (MLS) could not process data of the channel, or that data disagrees with the signed log (technical detail: { $detail }).
hint-mls = Run the command once more. If it happens again, keep the data folder as it is and tell the system administrator and the auditor.

## Refusals by the server

error-malformed = The server refused: what was sent does not have the form that the protocol asks for (technical detail: { $detail }).
hint-malformed = Update thamvan to the version that the server uses and try again; if it happens again, give the detail to the system administrator.
error-too_large = The server refused: what was sent exceeds a limit of size or number (technical detail: { $detail }).
hint-too_large = Shorten or divide the content and send it again.
error-not_logged_in = The server refused: this device has not logged in on this connection.
hint-not_logged_in = Run the command again; if the device is not enrolled yet, run "thamvan enrol" with its ticket.
error-unknown_device = The server refused: this device is not a live one in the directory. Its enrolment is not complete, or it has been revoked.
hint-unknown_device = During enrolment, wait until two persons have confirmed the device and run "thamvan enrol" again. Otherwise ask the system administrator of your agency; using it again takes a new ticket.
error-login_mismatch = The server refused the login: it belongs to another connection, server or log (technical detail: { $detail }).
hint-login_mismatch = Run the command again. If it happens again, do not ignore it: somebody may stand between this device and the server, or the server is the wrong one; tell the system administrator and the auditor.
error-version = The protocol versions of the server and of the thamvan on this device do not fit (technical detail: { $detail }).
hint-version = See the version with "thamvan --version". If the server asks for a newer one, install the one that the system administrator provides; if the server is older, ask the system administrator to upgrade it.
error-rate_limited = The server refused: too many requests in a short time, or too many devices wait for enrolment (technical detail: { $detail }).
hint-rate_limited = Wait a few minutes and run the command again; during enrolment, ask the system administrator to look at the devices that wait.
error-not_found = The server does not have the data that was asked for, or has it no longer (technical detail: { $detail }).
hint-not_found = Run the command again to read what is newest; if the data ought to be there, tell the auditor.
error-not_permitted = The server refused: the signer may not do this (technical detail: { $detail }).
hint-not_permitted = Ask a person who holds the role for it. Channels are founded only by the national coordinator for ASEAN, the lead of a Community pillar and the lead of a cross-sector or cross-pillar field, each within what it leads (Article 5(6) of the Regulation issued with Decision 47/2025/QĐ-TTg; rules R5.6-1, R5.6-2).
error-bad_signature = The server refused: the system's technical signature on what was sent is not valid (technical detail: { $detail }).
hint-bad_signature = Run the command once more. If it happens again, keep the data folder as it is, stop using the device and tell the system administrator.
error-bad_payload = The server refused: the content does not match the hash that was signed (technical detail: { $detail }).
hint-bad_payload = Run the command once more. If it happens again, keep the data folder as it is and tell the system administrator.
error-bad_chain = The server refused: the entry does not continue this device's earlier entries in the log (technical detail: { $detail }).
hint-bad_chain = Run the command again to read what is newest. If it happens again and the data folder was ever copied or restored from an older copy: stop using it, and ask the system administrator to revoke the device and to issue a new ticket.
error-bad_commit = The server refused: the change of the channel's keys is broken or does not match its signed content (technical detail: { $detail }).
hint-bad_commit = Run the command again. If it is refused again, tell the lead of the channel: this device may be damaged.
error-stale_epoch = The server refused: members or keys of the channel changed before this entry arrived (technical detail: { $detail }).
hint-stale_epoch = Run the command again: the device reads the change and encrypts anew. A message that is still in the outbox goes out before the next one of its channel, so look at "thamvan read" before writing it again.
error-label = Refused by rule S9: the label of the content must not be above the channel's, nor the channel's above the ceiling of the system, which by default is "no state secrets". Determining as a state secret what is not on a list of state secrets is prohibited (Article 5(1) of Law 117/2025/QH15). Technical detail: { $detail }.
hint-label = Use public, internal or restricted, and none above the channel's. Information on a list of state secrets does not belong in this system; handle it under the law on the protection of state secrets.
error-two_persons = Refused by the rule of two persons: whoever proposes and whoever confirms must be two persons; for a channel, whoever founds it, whoever approves the founding record and the administrator who provisions it must be three persons (rule R5.6-3). Technical detail: { $detail }.
hint-two_persons = Let another person with the right role take this step on a device of their own; see what waits with "thamvan admin proposal list" or "thamvan channels".
error-void = The server refused: this does not fit the present state. It has been done already, has expired, comes too early, or names something that does not exist (technical detail: { $detail }).
hint-void = Look at the present state ("thamvan channel show", "thamvan admin proposal list", "thamvan admin agency list") and take the step that fits.
error-unknown_type = Refused: a type of entry or a version of the rules is not known here; the channel or the directory can only be read until an upgrade (technical detail: { $detail }).
hint-unknown_type = Install the newer thamvan that the system administrator provides; no data is skipped.
error-ticket = The server refused the enrolment ticket: it does not exist, has been used, has expired, or its one-time code is wrong.
hint-ticket = Ask the system administrator for a new ticket ("thamvan admin device ticket"); each ticket is for one device. If you have not used this ticket yourself, say so at once, because somebody else may have it.
error-no_key_package = The device to be added to the channel has no key package left with the server.
hint-no_key_package = Ask its owner to run "thamvan enrol" again with the old ticket, which leaves new key packages; then add the member again.
error-made_time = The server refused: the clock of this device is more than 10 minutes from the time of the log (technical detail: { $detail }).
hint-made_time = Set the clock right (Hà Nội time, UTC+7; preferably automatically) and run the command again.
error-stopping = The server is stopping and takes no more requests.
hint-stopping = Wait until the server is back and run the command again; look at "thamvan read" before sending a message again.
error-storage_full = The server's disk is nearly full: it takes nothing new, and can still be read.
hint-storage_full = Ask the server's operator to make room, then run the command again.

## Witness of a log

error-witness_in_use = Another process runs a witness on this folder (technical detail: { $detail }).
hint-witness_in_use = End that process first; a folder is served by one process only.
error-witness_state = The witness stopped: its key or the state of a log is missing, damaged or could not be stored (technical detail: { $detail }).
hint-witness_state = Do not repair, delete or overwrite the folder with an older copy. Check the disk; if the state is lost, retire this witness, make a new one and tell the auditor.
error-witness_config = The witness does not take this configuration (technical detail: { $detail }).
hint-witness_config = Check --name, --log, --listen and the configuration file; "thamvan witness init" needs an empty folder.
error-witness_io = The witness cannot use a file, a port or the source of random numbers (technical detail: { $detail }).
hint-witness_io = Check the rights on the folder, disk space and the port, then run the command again.

## Wrong use

usage-unknown = There is no argument "{ $argument }" in this command.
usage-unknown-command = There is no command "{ $command }".
usage-missing = Missing: { $arguments }.
usage-missing-command = The command inside this group is missing.
usage-conflict = "{ $argument }" cannot be used together with "{ $other }".
usage-value = The value "{ $value }" of "{ $argument }" cannot be used.
usage-no-value = "{ $argument }" needs its number of values.
usage-valid = Values that can be used: { $values }.
usage-near = Did you mean "{ $near }"?
usage-other = The command line is not right.
usage-home = The home folder of the user is not known; name the data folder with --home or THAMVAN_HOME.
usage-passphrase = There is no terminal to ask for the passphrase; name in THAMVAN_PASSPHRASE_FILE a file that holds it and that only its owner may read.
usage-passphrase-empty = The passphrase must not be empty.
usage-other-ticket = This data folder belongs to another enrolment ticket; each ticket needs a folder of its own (--home).
usage-identifier = "{ $given }" is not valid here. Examples of the right form: mofa (agency), lan@mofa (official), mofa/main (seat), internal (label).
usage-scope = The scope "{ $given }" is not valid; give acc, or KIND:ID with the kind pillar, cross_sector, cross_pillar or designated, for example pillar:aec.
usage-agency = The agency "{ $given }" does not have the form ID;KIND;NAME_VI;NAME_EN[;SCOPE,…], for example "moit;bo;Bộ Công Thương;Ministry of Industry and Trade;pillar:aec".
usage-policy = The policy file is not understood (technical detail: { $detail }).
usage-moment = "{ $given }" is neither a date nor a moment; give 2026-11-30 (a date in Hà Nội) or 2026-11-30T08:00:00+07:00.
usage-field-one-agency = A cross-sector or cross-pillar field has at least two agencies that take part (Article 2(2), rule R2.2).
usage-damaged = The file "{ $given }" is damaged or not the kind of file that is needed here.
prompt-passphrase = Passphrase:{ " " }

## Enrolment and status

enrol-waiting =
    Verification code: { $code }
    Read this code out, in person or by telephone, to the two persons who confirm the device (system administrator and approver).
    Waiting for them; you may stop here and run this command again later.
enrol-active = The enrolment of device { $device } is complete.
enrol-pending =
    Device { $device } waits for two persons to confirm it.
    Verification code: { $code }
    Once it is confirmed, run this command again with the same ticket.
status-active =
    Official: { $official }
    Device: { $device } (enrolled)
    Server: { $server }
    Log: { $origin }, entries verified: { $size }
    Root hash of the log: { $root }
    Witnesses: { $witnesses }
    Channels: { $channels }
    Entries not in the log yet: { $queued }
status-restored = This home was once restored from an old copy, or copied: the device dropped its old group keys and joined its channels again. If you did not restore it, tell the administrator at once.
status-joined = New in channel { $channel } since you last read it: { $time }: device { $device } of { $official }; enrolment signed by { $signers }
status-pending =
    Official: { $official }
    Device: { $device } (enrolment not complete)
    Server: { $server }
    Log: { $origin }, entries verified: { $size }
    Root hash of the log: { $root }
    Witnesses: { $witnesses }
    Channels: { $channels }
    Entries not in the log yet: { $queued }

## Witnesses as seen from a device

witnesses-ok = a quorum confirmed entries up to { $size } at { $time } ({ $names })
witnesses-none = nobody: the policy of this log names no witness, so only the server vouches that everybody sees the same log
witnesses-unknown = not known yet: this device has not read the policy of the log
witnesses-missing = quorum missing: newer entries are not confirmed. Confirmed up to { $size } at { $time } ({ $names })
witnesses-old = quorum too old: confirmed up to { $size } at { $time } ({ $names })
witnesses-never = –
witnesses-conflict = The time of entry { $index } of the log contradicts the times at which the witnesses confirmed the log.
warning-witnesses-missing = Warning: the newest entries of the log have not been confirmed by a quorum of witnesses. Reading and sending go on, but the independent proof is missing; see "thamvan status", and tell the auditor if it stays so.
warning-witnesses-old = Warning: the last confirmation by a quorum of witnesses is more than 10 minutes old (or of a time that has not come). The server may be showing an old state of the log; see "thamvan status", check the clock of this device, and tell the auditor if it stays so.
warning-witnesses-conflict = Warning: the time of an entry of the log contradicts the times at which the witnesses confirmed the log (entry { $index }). Tell the auditor.

## Handling tags and secrecy levels (the levels keep the words of the law)

label-public = Public
label-internal = Internal
label-restricted = Restricted
label-mat = Mật
label-toi_mat = Tối mật
label-tuyet_mat = Tuyệt mật

## Channels and messages

channels-none = This device sees no channel yet.
channel = { $id }  { $name }  [{ $label }]  { $state }; members: { $members }, devices: { $devices }
channel-unnamed = (this device cannot read the channel's name yet)
channel-state-founded = founding record waits for approval
channel-state-approved = waits to be provisioned
channel-state-open = waits to be started
channel-state-started = in use
channel-state-closed = closed
channel-left = You have left the channel: nothing more comes to this device, and what it has stays readable.
channel-closed = The channel is closed: it takes nothing more, and what was said stays readable.
channel-unfounded = No founding record
branch-acc = ASEAN Coordinating Council
branch-apsc = ASEAN Political-Security Community
branch-aec = ASEAN Economic Community
branch-ascc = ASEAN Socio-Cultural Community
branch-cross_sector = Cross-sector field
branch-cross_pillar = Cross-pillar field
branch-designated = Field designated by the Regulation
channel-branch = Matter: { $name }
channel-purpose = Purpose: { $purpose }
channel-founder = Founded by: { $official }
channel-approver = Approved by: { $official }
channel-provisioner = Provisioned by: { $official }
channel-closer = Closed by: { $official }
channel-barred = Out: device { $device } of { $official } made a change of keys that { $agencies } could not apply. The channel goes on in a new group without it; the founder lets it in again by removing and adding { $official }.
channel-doubted = In doubt: device { $device } of { $official } made a change of keys that { $agencies } could not apply; others have not said so.
channel-void = Entry { $seq } is void and did nothing: { $why }
channel-member = Member { $official }
channel-device =     device { $device } { $name }; enrolment signed by { $signers }
channel-device-outside =     device { $device } { $name }: not in the channel yet; enrolment signed by { $signers }
device-joined = { $time }: device { $device } of { $official } came into the channel; enrolment signed by { $signers }
signed-by-root = root keys
signed-by-two = { $first } and { $second }
explain-yes = { $official } reads what is said in the channel.
explain-no = { $official } cannot read what is said in the channel, because:
explain-records = This person may see the records of the channel (without a key to any content).
explain-grounds = Grounds in the log:
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
obstacle-not_in_group = the device is not in the channel yet (a member must bring it in)
obstacle-device_barred = others could not apply a change of this device; it is out until the founder removes its owner and adds them anew
ground = { $time }  { $what } { $about }  signed by { $signers }  [{ $entry }  { $record }] { $term }
term-until = (until { $time })
term-ended = (ended at { $time })
ground-official = Official named in the directory
ground-seat_appointed = Appointed to the seat
ground-role_granted = Given the role
ground-role_revoked = Role taken away
ground-device_enrolled = Device enrolled
ground-device_revoked = Device revoked
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
channel-founded = The founding record is in the log; next, another person approves it.
channel-approved = The approval of the founding record is in the log; next, a system administrator provisions the channel.
channel-provisioned = The provisioning is in the log; next, the founder agency starts the channel.
channel-started = The channel has been started, end-to-end encrypted.
channel-added = The member has been added to the channel.
channel-removed = The member has been removed from the channel.
channel-shown = The channel:
item = { $time }  [{ $label }]{ $mark }  { $official }: { $text }
item-witnessed = {"  "}✓witnessed
item-queued = not in the log yet
item-refused = (refused, content not shown)
item-refused-own = (refused, not sent) { $text }
item-unreadable = (this device has no key to read the content)
send-logged = The message is in the log: { $entry }

## Administration

authority-founded =
    The root keys and the genesis of the log have been made.
    Hash of the genesis: { $genesis }
    Give this value to the agencies in writing, so that they can compare it; hand over each enrolment ticket in the folder tickets in person.
authority-device = The device is confirmed by root keys. Give the file { $file } to its owner, who runs "thamvan enrol" with --root.
stated = It is in the log.
stated-proposed = Proposal { $proposal } is in the log; it takes effect only when another person confirms it with "thamvan admin proposal approve { $proposal }".
proposals-all = To approve all { $count } proposals of this list that are yours to approve, once you have read each line: thamvan admin proposal approve --all { $code }
proposals-approved = { $count } proposals approved.
subject-speaks = speaks for the agency
seat-role-primary = primary
seat-role-deputy = deputy
seat-role-acting = acting
role-national_administrator = national administrator
role-agency_administrator = administrator of the agency
role-approver = approver
role-auditor = auditor
role-records_custodian = records custodian
role-witness = witness
import-agency = Agency
import-field = Field
import-official = Official
import-seat = Seat
import-appointment = Appointment
import-channel = Channel
import-act-state = state in the directory
import-act-propose = propose (needs a second person)
import-act-approve = approve as the second person
import-act-found = found the channel
import-act-provision = provision
import-act-add = add members
import-act-start = add members and start the channel
import-waits-administrator = waits for an administrator
import-waits-approver = waits for an approver
import-waits-founder = waits for the founding agency
import-refused = cannot be founded: this agency does not found channels on that matter (Article 5(6))
import-stays = differs from the list; what stands in the log stays
import-confirm = [needs confirmation; confidence of the source: { $level }]
import-historic = – Agency { $agency }: ended { $dissolved }, not imported
import-mechanism = ? Mechanism { $abbr } – { $name } [by Decision 142/2009 – needs confirmation]
import-planned = Dry run, nothing written. New: { $new }; different: { $differs }; under way: { $begun }; unchanged: { $stands }; waiting for others: { $waits }.
import-done = { $logged } entries logged. New: { $new }; different: { $differs }; under way: { $begun }; unchanged: { $stands }; waiting for others: { $waits }.
import-stopped = { $count } entries logged, then stopped; the same command goes on from there.
usage-list-too-long = The list { $file } is too large: at most 4 MiB a file and 10,000 rows a run.
usage-list-unknown = The list { $file } is neither asean-directory.json nor a CSV table (UTF-8) with a header: { $given }
usage-list-column = { $file }, line { $line }: this table has no column “{ $given }”.
usage-list-missing = { $file }, line { $line }: “{ $given }” is missing.
usage-list-value = { $file }, line { $line }: not a valid value: { $given }
usage-list-twice = “{ $given }” is in the list twice.
usage-list-historic = “{ $given }” belongs to an agency that is no more: it cannot be enrolled.
statement-1 = Agency
statement-2 = Official
statement-3 = Seat
statement-4 = Appointment to a seat
statement-5 = Grant of a role
statement-6 = End of a role
statement-7 = Enrolment ticket
statement-8 = Enrolment of a device
statement-9 = Revocation of a device
statement-11 = Accreditation that raises the ceiling
statement-12 = End of an accreditation
policy-ceiling = Ceiling of the system: { $label }
policy-accreditation = Accreditation { $number } by { $authority }, until { $until }
authorisation = { $official }: { $level }, task: { $task }, until { $until }
authorisations-none = Nobody is authorised in this channel.
statement-13 = Field
statement-14 = Step of a field
field = { $id }  { $name }  ({ $kind }); lead: { $lead }; { $state }
field-other-kind = Warning: by the agencies and pillars that take part this is a { $kind }; the kind that the decision states holds.
field-state-proposed = proposed
field-state-consulting = being consulted upon
field-state-reported = reported to the Prime Minister
field-state-decided = decided, not yet in force
field-state-effective = in force
field-state-ended = ended
scope-coordinating = ASEAN Coordinating Council
scope-pillar = Community pillar
scope-cross_sector = cross-sector field
scope-cross_pillar = cross-pillar field
scope-designated = field designated by the Regulation
ticket-issued = The enrolment ticket has been made: { $file }. It holds a one-time code and is valid for 7 days at most; hand it over in person, not by e-mail or message.
devices-none = No device waits for confirmation.
device-active = Device { $device } is confirmed by two persons and live.
device-proposed = The first confirmation of device { $device } is in the log; another person must compare the verification code and confirm it too.

## Audit

audit-synced = The part of the log that may be audited has been copied: entries: { $size }, streams (directory and channels): { $streams }.
audit-ok = No findings. Verified: entries: { $entries }, technical signatures: { $signatures }.
audit-findings =
    Findings: { $count }. Verified: entries: { $entries }, technical signatures: { $signatures }.
    Keep this copy as it is: it is evidence. In detail:
audit-reported = The audit report has been written: { $file }
audit-diff-same = The two copies are the same: nothing is new.
audit-diff-grown = The new copy extends the old one: from { $old } to { $new } entries. Every record of the old copy stands unchanged in the new one.
audit-diff-findings = The new copy does not extend the old one, or one of them has findings: { $count }. Keep both copies as they are: they are evidence. In detail:
audit-diff-stream = { $stream }: new records: { $records } ({ $types })
audit-diff-people =   members added: { $added }; members removed: { $removed }; devices added: { $devices_added }; devices removed: { $devices_removed }
audit-diff-gone = No longer in the new copy: { $body } of stream { $stream } ({ $reason })
audit-gone-erasable = a name or an invitation into the group, which may be erased
audit-gone-side = something kept beside a record
audit-gone-body = ciphertext or document that an entry names
audit-copy-old = old copy
audit-copy-new = new copy
audit-copy-both = both copies

## Audit report (HTML)

report-title = Audit report of the log
report-skip = Go to the findings
report-made = Made at { $time } by thamvan { $version }, without content keys, passphrase or network.
report-verdict = Verdict
report-verdict-ok = No findings: all { $entries } entries of the log { $origin } are intact, in order, validly signed, and within their signers' rights under the rules of the system.
report-verdict-findings = { $count } findings in the copy of the log { $origin }; see "Findings" below and keep the copy as it is: it is evidence.
report-verdict-unreadable = The copy has no readable checkpoint, so nothing else could be checked; see "Findings" below.
report-checked = What was checked
report-checked-files = Every byte of every file of the copy: nothing is missing, left over or altered.
report-checked-log = The log's signature on the checkpoint, the witnesses' cosignatures, and the root hash, recomputed from all { $entries } entries.
report-checked-signatures = { $signatures } technical signatures, one by one, under the key of the device that was enrolled at that time.
report-checked-chains = Order and continuity: of each stream, of each signer, of each reference to the directory and to a checkpoint seen before.
report-checked-rights = Rights: roles, the rule of two persons, the founding of channels under Article 5(6), members and devices in each group (group commits: { $commits }), labels within those of the channel and of the system.
report-unchecked = What was not checked
report-unchecked-content = The content of messages and the names of channels: an auditor has no key to read them.
report-unchecked-mls = The inside of end-to-end ciphertexts: they are held to their hashes and message heads only, not decrypted.
report-unchecked-later = What happened after this checkpoint, and whether it is the latest: compare with the copy of last time by "thamvan audit diff", and with the times of the witnesses.
report-log = Log
report-log-caption = The checkpoint and who stands behind it
report-origin = Name of the log
report-size = Entries
report-root = Root hash
report-shard = Shard
report-signed = Signature of the log
report-quorum = Witnesses required
report-quorum-none = the policy asks for no witness: only the log's own signature is there
report-quorum-reached = { $name }: reached
report-quorum-missing = { $name }: not reached
report-note = The checkpoint, verbatim
report-cosignatures = Cosignatures
report-cosignatures-none = No valid cosignature of a witness.
report-witness = Witness
report-time = Time
report-streams = Streams
report-streams-caption = The directory and the channels in scope
report-stream = Stream id
report-kind = Kind
report-kind-directory = Directory
report-kind-channel = Channel
report-founder = Founder agency
report-people = Founder, approver and provisioner of the founding record
report-label = Highest label
report-records = Records
report-void = Void
report-first = First record
report-last = Last record
report-members = Members
report-devices = Devices
report-complete = Complete
report-types = Entries by type
report-type = Entry type
report-count = Count
report-changes = Changes of rights
report-changes-caption = Who was given or lost which right, and by whom
report-changes-none = No right has changed.
report-changes-left-out = { $count } more changes are not listed here.
report-index = Entry
report-change = Change
report-subject = Official or device
report-about = Role, seat or scope
report-remark = Name of the device, or reason
report-by = By
report-by-root = root keys
report-by-one = { $official }
report-by-two = proposed: { $first }; approved: { $second }
report-by-waiting = proposed by { $first }, no second person yet, without effect; until: { $expires }
report-findings = Findings
report-findings-none = None.
report-findings-caption = Each finding, what it means and what to do
report-code = Code
report-severity = Severity
report-severity-error = error
report-severity-warning = warning
report-place = Where
report-place-index = entry { $index }
report-place-record = stream { $stream }, record { $seq }
report-place-stream = stream { $stream }
report-detail = Technical detail
report-meaning = Meaning
report-todo = What to do
report-yes = yes
report-no = no
report-national = national
change-seat_appoint = Appointment to a seat
change-role_grant = Role given
change-role_revoke = Role taken away
change-device_enrol = Device enrolled
change-device_revoke = Device revoked
change-member_add = Member added to a channel
change-member_remove = Member removed from a channel
change-member_leave = Member left a channel
change-channel_close = Channel closed
finding-entry_hash = An entry, record, body or stream key is not what its own hash says, or is malformed.
todo-entry_hash = Copy again from the server into another folder and verify again. If it stays, the server has altered data or hands out other data: keep both copies and report it.
finding-tile_hash = A hash file of the log does not fit the entries.
todo-tile_hash = Remove that file, run "audit sync" again and verify again; if it stays, the server publishes a wrong log: keep the copy and report it.
finding-root_mismatch = The entries do not make the root hash that the log signed.
todo-root_mismatch = Keep the copy. Copy again into another folder; if the result is the same, the log has signed something else than it hands out: report it at once.
finding-bad_signature = A signature of the log, of root keys or of a device is bad, or genesis and policy are not those known beforehand.
todo-bad_signature = First check that policy file and genesis hash are the right ones. If they are, somebody writes into the log with a key that has no right to: report it at once.
finding-bad_cosignature = A cosignature is bad, of an unknown key or repeated, or there are fewer witnesses than the policy asks for.
todo-bad_cosignature = Check that the policy file is the one in force; ask the witnesses by another way which checkpoint they signed. Without enough witnesses it cannot be ruled out that different people are shown different logs.
finding-record_order = A record or entry does not continue what came before: number, previous hash, directory or log time.
todo-record_order = Keep the copy and report it: the server has put things in a wrong order, or a device has been cloned or rolled back; ask its owner.
finding-missing_entry = The log has an entry without a record in the copy, or the copy a record that is not in the log.
todo-missing_entry = Check the scope of the audit and run "audit sync" again. If it stays, the server keeps part of the log back: ask its operator to explain.
finding-duplicate_seq = A place in a stream is taken twice.
todo-duplicate_seq = Keep the copy and report it: the server may have shown two people two records at the same place.
finding-label_mismatch = An entry has a label above that of its channel.
todo-label_mismatch = The entry is void. Tell the founder agency and the owner of the device; find out why the server did not refuse it.
finding-label_above_ceiling = An entry has a label above the ceiling of the system.
todo-label_above_ceiling = Treat it as an incident: state secrets may not enter this system. Tell whoever is responsible under the law on the protection of state secrets at once.
finding-membership_unauthorised = Nothing in the log justifies a channel, a member or an author.
todo-membership_unauthorised = See who signed the entry; ask the founder agency. The entry is void for every device that follows the rules.
finding-commit_invalid = A group commit or a message does not belong to the current epoch of its group.
todo-commit_invalid = The entry is void. If it happens again with one device, ask its owner; the device may have been rolled back.
finding-act_invalid = An entry is void for another reason: expired, repeated, at a wrong time, or of an unknown type.
todo-act_invalid = See the technical detail. For an unknown type, verify again with a newer thamvan; else the server should have refused the entry.
finding-dual_control_violated = Something was done by a person without the right, or by one person where two are needed.
todo-dual_control_violated = The entry has no effect. Report it at once; ask both persons and the operator, because the server logged what it should have refused.
finding-rollback = The log is smaller than the one seen before.
todo-rollback = Check that the two copies were not given in the wrong order. If they were not, the log has been rolled back: keep both copies as evidence and report it at once.
finding-fork = There are two different logs of one name: somebody saw a checkpoint that is not of this log, or the new copy does not extend the old one.
todo-fork = This is evidence that the server shows different logs. Keep the copies as they are; tell the witnesses and the management at once.
finding-partial_tile = There is a partial tile of a width that this checkpoint does not have.
todo-partial_tile = Usually left by an earlier copy: run "audit sync" again. If the checkpoint is smaller than the files, take it as a sign of a rollback and compare with an older copy.
finding-missing_file = A file that must be there is missing.
todo-missing_file = Run "audit sync" again. If the server cannot hand the file out, content has been erased without an entry that permits it: ask its operator to explain.
finding-extra_file = A file, folder or link does not belong to the copy.
todo-extra_file = Move it away and find out who put it there; a copy holds only what the server handed out.
finding-index_mismatch = index.json does not fit the rest of the copy.
todo-index_mismatch = Run "audit sync" again, which makes it anew; if there are other findings, deal with those first.

## Help: commands

help = Rapid consultation on ASEAN matters: end-to-end encrypted channels, signed and verifiable log; not for state secrets
help-enrol = Enrol this device with an enrolment ticket
help-status = Show the state of this device (offline)
help-devices = List your own devices
help-channels = List the channels
help-read = Read the messages of a channel
help-send = Send a message to a channel; enter nothing that is on a list of state secrets
help-channel = Found, provision and start a channel, and keep its members
help-channel-found = Make the founding record of a channel (Article 5(6))
help-channel-approve = Approve a founding record; another person than the one who made it
help-channel-provision = Provision a channel whose founding record is approved (system administrator)
help-channel-start = Start a provisioned channel (founder agency)
help-channel-add = Make an official a member of a channel
help-channel-remove = Remove a member from a channel
help-channel-leave = Leave a channel; another member takes your devices out of its group
help-channel-close = Close a channel: it takes nothing more, and what was said stays readable
help-channel-show = Show one channel
help-admin = Keep the directory, roles and devices
help-admin-authority = Root keys: found the system and confirm the first devices, without a network
help-admin-authority-init = Make root keys, genesis and the first enrolment tickets
help-admin-authority-device = Confirm a device by root keys after comparing the verification code
help-admin-agency = Agencies of the directory
help-admin-agency-add = Add or update an agency
help-admin-agency-list = List the agencies
help-admin-official = Officials of the directory
help-admin-official-add = Add an official
help-admin-official-list = List officials and how many devices they have
help-admin-seat = Seats of the agencies
help-admin-seat-add = Add a seat
help-admin-seat-appoint = Appoint an official to a seat (two persons)
help-admin-role = Roles in the system
help-admin-role-grant = Grant a role to an official (two persons)
help-admin-role-revoke = End a role of an official
help-admin-policy = Ceiling of the system
help-admin-policy-show = Show the ceiling and the accreditations that hold
help-admin-policy-accreditation = Accreditation by the competent body
help-admin-policy-accreditation-add = State an accreditation (two persons of two agencies)
help-admin-policy-accreditation-end = End an accreditation before its day
help-admin-authorise = Who may have what a channel with a secrecy level carries
help-admin-authorise-grant = Authorise a person for a task and a time
help-admin-authorise-end = End what a person is authorised for
help-admin-authorise-list = List who is authorised
help-admin-field = Cross-sector, cross-pillar and designated fields
help-admin-field-propose = Propose a new field (Article 3(7))
help-admin-field-designate = State a field that the Regulation itself designates, Article 3(5) and (6) (two persons)
help-admin-field-consulted = State that an agency has answered, or has let its time run out
help-admin-field-report = State the report to the Prime Minister
help-admin-field-decide = State the decision of the Prime Minister (two persons)
help-admin-field-end = State the end of a field, or that a proposal is given up
help-admin-field-list = List the fields, their leads and states
help-admin-device = Enrolment tickets, confirmation and revocation of devices
help-admin-device-ticket = Make an enrolment ticket for an official
help-admin-device-list = List the devices that wait for confirmation
help-admin-device-approve = Confirm a device after comparing the verification code (two persons)
help-admin-device-revoke = Revoke a device
help-admin-proposal = Proposals that need a second person
help-admin-proposal-list = List the proposals that wait
help-admin-proposal-approve = Confirm a proposal as the second person
help-admin-import = Import directory and channels from lists (JSON or CSV): each person runs this same command for their own part; run again it changes nothing
help-admin-explain = Explain by which records somebody can or cannot read a channel
help-audit = The auditor's work
help-audit-sync = Copy the part of the log that may be audited into a folder
help-audit-verify = Verify the integrity of the log from a copy (no network, no passphrase)
help-audit-report = Make a readable audit report from a copy (HTML, for the printer too)
help-audit-diff = Compare two copies of one log: does the new one extend the old, what is new, what is gone
help-witness = Witness: confirms independently that a log only grows
help-witness-init = Make the key and folder of a witness
help-witness-run = Run a witness until stopped
help-witness-watch = Let a witness that does not run watch one more log
help-completion = Print the completion script for a shell

## Help: arguments

heading-usage = Usage
heading-commands = Commands
heading-arguments = Arguments
heading-options = Options
note-values = values: { $values }
note-default = default: { $value }
note-variable = environment variable: { $name }
arg-help = Show this help
arg-version = Show the version
arg-home = Data folder of this device (default: ~/.local/share/thamvan)
arg-lang = Language: vi or en
arg-json = Print the result as JSON for other programs
arg-ticket = Enrolment ticket: its file or its text
arg-no-wait = Do not wait for confirmation; run the command again later
arg-name = Name: of the device (enrol), of the channel (channel found), or of the person (admin official add)
arg-root = File of a confirmation by root keys, made by "admin authority device"
arg-channel = Channel: its id, the first 6 characters of it or more, or its exact name
arg-since = Show only what has this sequence number or a later one
arg-follow = Go on showing messages as they come, until stopped
arg-text = Text; "-" reads it from standard input
arg-label = Label: public, internal, restricted; of a channel the highest it takes, of a message the channel's by default
arg-official = Official, as name@agency, for example lan@mofa
arg-reason = Reason; it is written into the log
arg-purpose = Purpose of the channel or seat
arg-scope = Of a channel: acc, or KIND:ID (pillar, cross_sector, cross_pillar, designated), for example pillar:aec; of a role: the agency for which it holds
arg-members = Member agencies, separated by commas, the founder agency included
arg-retention-days = Retention, in days
arg-review-days = Days until the channel is reviewed
arg-dir = Folder of the root keys, kept off every network
arg-request = File enrolment.request from the data folder of the device
arg-code = Verification code as the owner of the device reads it out, in person or by telephone
arg-out = Where the result goes: a new file, never overwritten; for "audit sync" the folder of the copy, for "audit report" the HTML file, which is replaced
arg-policy = Log policy file (tlog-policy)
arg-server = Server, as name:port
arg-ca = PEM file with the certificate of the authority that certifies the server
arg-threshold = How many root keys must sign
arg-keys = How many root keys there are
arg-agency = Agency: ID;KIND;NAME_VI;NAME_EN[;SCOPE,…]; kinds: bo, co_quan_ngang_bo, co_quan_thuoc_chinh_phu, phai_doan, ngoai_chinh_phu, dia_phuong, don_vi_thuoc_bo, khac
arg-agencies = Agency of the first officials, once for each: ID;KIND;NAME_VI;NAME_EN[;SCOPE,…]
arg-administrator = First system administrator: ID;NAME, for example "an@mofa;Nguyễn Văn An"
arg-approver = First approver: ID;NAME
arg-seat = Seat, as agency/place, for example mofa/main
arg-role = At a seat: primary, deputy, acting; for "admin role": national_administrator, agency_administrator, approver, auditor, records_custodian, witness
arg-speak-for = May give opinions on behalf of the agency
arg-device = Device id; to confirm a device, the beginning of it will do
arg-proposals = Proposal id, its first 6 characters or more; several may be given
arg-all = Approve all proposals of the list just shown; give the code at its end
arg-lists = List: asean-directory.json, or a CSV table (UTF-8) of agencies, officials, seats or channels; several may be given
arg-dry-run = Only show what would change
arg-copy = Folder of the copy, made by "audit sync"
arg-old = Folder of the older copy
arg-new = Folder of the newer copy
arg-genesis = Hash of the genesis, or a file that holds it (genesis.hash)
arg-witness-dir = Folder of the witness
arg-witness-name = Name of the witness, which is the name of its key
arg-witness-listen = Address to listen on, as address:port
arg-witness-logs = Public key (vkey) of a log to witness; may be given several times
arg-shell = Shell
arg-authority = Body that accredits
arg-level = Level: mat, toi_mat or tuyet_mat
arg-measure = Measure: independent_lan or cipher
arg-systems = Systems that are covered, by their file or document
arg-file = File of the document; only its hash goes into the log
arg-task = Task
arg-document = Document that allows it: number and date
arg-field = Id of the field: lower-case letters, digits and underscores, for example connectivity
arg-name-vi = Official Vietnamese name
arg-name-en = English name
arg-lead = Lead agency; for "field decide": as decided, by default the one nominated
arg-supporting = Agency that supports it; may be given several times
arg-participants = Agency that takes part, and its pillar, as AGENCY:PILLAR (apsc, aec, ascc); may be given several times
arg-initiator = Agency that proposes it: the pillar lead (cross-sector) or the national coordinator (cross-pillar)
arg-basis = Legal basis
arg-consultee = Agency that was consulted
arg-outcome = answered or overdue
arg-reference = Number and date of the document
arg-number = Number of the decision
arg-date = Date of the document, for example 2026-11-30
arg-summary = Summary
arg-kind = Kind that the decision states: cross_sector or cross_pillar; by default as proposed
arg-from = Date or moment at which it begins; by default now
arg-until = Date or moment at which it ends

## Consultations: refusals

error-consultation = This device refused before sending: the act breaks a rule of consultations (technical detail: { $detail }).
hint-consultation = Look at the consultation with “thamvan consult show” and do what fits. Nothing was sent.
error-content = This device refused before sending: something is missing in what is said (technical detail: { $detail }).
hint-content = Add it and run the command again. Nothing was sent.
error-act = The server refused: the act breaks a rule of consultations at the moment of logging (technical detail: { $detail }).
hint-act = Run “thamvan consult show” again to read the latest, then do what fits.
error-consultation_unknown = The channel has no such consultation.
hint-consultation_unknown = Look the id up with “thamvan consult list”.
error-consultation_exists = The channel has a consultation with this id already.
hint-consultation_exists = Run the command again for another id.
error-consultation_ended = The consultation is concluded or withdrawn: nothing changes after that.
hint-consultation_ended = If opinions are needed again, the lead opens another consultation.
error-act_facts = A fact of the act is missing or does not belong to it.
hint-act_facts = Upgrade thamvan and run the command again; if it happens again, tell the administrator.
error-other_seat = Only whoever holds the seat answers, acknowledges or views in its name.
hint-other_seat = Use the device of whoever is appointed to that seat; a deputy names the seat with --acting-for.
error-E4 = Not appointed to speak for the agency, so no opinion on its behalf (rule E4).
hint-E4 = Whoever may speak for the agency answers; or use --capacity unit or personal: such an opinion is kept and does not count as the agency's.
error-not_the_lead = Only the agency that leads the consultation may do this.
hint-not_the_lead = Ask the lead to do it; “thamvan consult show” names it.
error-not_asked = This seat is not asked in the consultation.
hint-not_asked = Write in the channel, or ask the lead for a consultation that asks this agency.
error-asked = Nobody is asked, too many are, an agency is named twice, or the asking one is among them.
hint-asked = Mend --to and --tell: each agency once, not the own one, at most 48 seats.
error-unknown_agency = An agency is unknown, outside the channel, or has no member in it.
hint-unknown_agency = See the members with “thamvan channel show”; the founder adds one with “thamvan channel add”.
error-R18_2 = What goes to the Mission goes to the ASEAN National Secretariat at the same time (Article 18(2), rule R18.2).
hint-R18_2 = Add the Secretariat (seat secretariat of the coordinator) to the channel and run the command again; it is told by itself.
error-S7 = Nobody attested that nothing in here is on the list of state secrets (rule S7).
hint-S7 = Read the text and attachments again; if nothing of the list is in them, add --attest. If something is: do not enter it here.
error-deadline = The deadline must lie at least 10 seconds ahead, at most a year, and after the one in force.
hint-deadline = Give another --deadline, such as +2h or 2026-11-30T17:00:00+07:00.
error-unknown_template = A newer version uses this template; the channel is read-only until upgrade.
hint-unknown_template = Install the new version of thamvan that the administrator provides.
error-opener = Another agency opens a consultation by this template.
hint-opener = A new cross-pillar field is consulted by the coordinator (Article 3(7)(b)); ask the competent agency, or use the template general.
error-field = This template needs a field that is proposed, of its kind and not decided; other templates name no field.
hint-field = See fields with “thamvan admin field list”; propose one with “thamvan admin field propose” and name it with --field.
error-mandatory_missing = An agency that the Regulation demands is not asked: the nominated lead and everybody concerned by the field (Article 3(7)(b)).
hint-mandatory_missing = See whom to consult under awaited in “thamvan --json admin field list” and add them to --to.
error-stale_question = The question was revised after this was written, so it is not taken for an answer to the new one.
hint-stale_question = Read the current question with “thamvan consult show” and answer again.
error-stale_opinion = The agency's current opinion has changed since this was written.
hint-stale_opinion = See the current opinion with “thamvan consult show” and answer again.
error-repeated = This seat has said so already.
hint-repeated = Nothing more is needed.
error-deadline_order = A deadline is extended before it passes; after that the consultation is reopened.
hint-deadline_order = Use “thamvan consult extend” before the deadline, “thamvan consult reopen” after it.
error-nobody_awaited = Everybody asked has answered: there is nobody to remind.
hint-nobody_awaited = See the opinions with “thamvan consult show” and conclude.
error-reminded_recently = A reminder was sent less than a minute ago.
hint-reminded_recently = Wait a minute and remind again.
error-W2 = Agencies have not answered and the deadline has not passed. Silence is never consent (rule W2).
hint-W2 = Wait for all opinions or the deadline; “thamvan consult remind” reminds.
error-counts = An opinion came after this conclusion was written, so it does not count all of them.
hint-counts = Read it with “thamvan consult show” and conclude again.
error-R4_4 = The reason must not be empty (Article 4(4), rule R4.4).
hint-R4_4 = Give at least one sentence with --reason.
error-opinion_reason = To disagree, or to agree with comments, needs the text.
hint-opinion_reason = Give the reason or the comments with --text.
error-words_missing = Something that must be said is empty (technical detail: { $detail }).
hint-words_missing = Fill it in and run the command again.
error-words_too_long = Too long: an opinion has at most 4,000 bytes, so that a conclusion can repeat it word for word (technical detail: { $detail }).
hint-words_too_long = Shorten it, or attach the long part as a file.
error-dissent = A conclusion repeats every dissent word for word.
hint-dissent = Run the command again: it puts them into the conclusion by itself.
error-acting_for = A deputy or acting holder says for which seat they answer (technical detail: { $detail }).
hint-acting_for = Add --acting-for and the seat, such as --acting-for moit/main.
usage-word = “{ $given }” is not one of: { $known }.
usage-deadline = “{ $given }” is no deadline; use +15m, +2h, +1d (seconds s, minutes m, hours h, days d) or a moment such as 2026-11-30T17:00:00+07:00.

## Consultations

consult-none = No consultations.
consult-headline = { $id }  [{ $urgency }] { $title }  [{ $label }]  { $state }; due { $deadline }; answered { $answered }/{ $asked }
consult-lead = Lead: { $seat }
consult-reason = Why it is urgent: { $text }
consult-question = Question: { $text }
consult-seats = Agencies:
consult-seat = {"  "}{ $seat }: { $words }
consult-opinion = {"    "}“{ $text }”
consult-event = { $time }  { $what }  { $official } ({ $seat }){ $notes }
consult-conclusion = Conclusion of the consultation: { $text }
consult-dissent = {"  "}Dissent of { $seat }, word for word: “{ $text }”
consult-footer = Result of a rapid consultation; it does not replace official letters of consultation or reply that the law demands.
consult-technical = Every act carries a technical signature of the system; it is not an official document.
consult-not-in-channel = not in the channel yet
consult-told = told
consult-answer = { $position } (answer { $revision })
consult-late = after the deadline
consult-silent = No answer yet
consult-overdue-silent = Overdue – no answer
consult-deadline = due { $time }
consult-state-collecting = collecting opinions
consult-state-overdue = overdue
consult-state-complete = complete
consult-state-concluded = concluded
consult-state-withdrawn = withdrawn
urgency-normal = Normal
urgency-khan = Urgent (khẩn)
urgency-thuong_khan = Very urgent (thượng khẩn)
urgency-hoa_toc = Express (hỏa tốc)
position-agree = Agrees
position-agree_with_comments = Agrees with comments
position-disagree = Disagrees
position-no_opinion = Has no opinion
capacity-agency = for the agency
capacity-unit = for the focal unit
capacity-personal = personal expert opinion
event-delivered = delivered
event-viewed = viewed
event-acknowledged = acknowledged
act-consultation-open = Question asked
act-consultation-extend = Deadline extended
act-consultation-reopen = Reopened
act-consultation-remind = Reminder to whoever has not answered
act-consultation-conclude = Concluded
act-consultation-withdraw = Withdrawn
act-question-revise = Question revised
act-answer = Answer
act-delivered = Delivered
act-viewed = Viewed
act-acknowledged = Acknowledged
consult-opened = Consultation { $id } is open: { $entry }
consult-acknowledged = Consultation { $id } is acknowledged: { $entry }
consult-answered = The opinion is logged: { $entry }
consult-reminded = Whoever has not answered is reminded: { $entry }
consult-postponed = The new deadline is logged: { $entry }
consult-revised = The question is revised; agencies answer again: { $entry }
consult-concluded = The conclusion is logged: { $entry }
consult-withdrawn = The consultation is withdrawn: { $entry }

## Consultations: help

help-consult = Consultations: open, see, answer, remind, extend, conclude
help-consult-open = Open a consultation in a channel
help-consult-list = List consultations, the nearest deadline first
help-consult-show = Show question, agencies and timeline; that you saw it is logged
help-consult-ack = Acknowledge
help-consult-answer = Answer, or revise your agency's opinion
help-consult-remind = Remind whoever has not answered
help-consult-extend = Extend the deadline before it passes
help-consult-reopen = Reopen with another deadline after it has passed
help-consult-revise = Revise the question; opinions given so far answer the old one
help-consult-conclude = Conclude, with every dissent word for word
help-consult-withdraw = Withdraw, with the reason
arg-consultation = Id (6 digits or more) or exact title of the consultation
arg-waiting = Only what waits for your agency
arg-conclusion = Text of the conclusion
arg-template = Template: general, new_field_3_7b
arg-title = Title
arg-question = The question
arg-urgency = Urgency: normal, khan, thuong_khan, hoa_toc
arg-deadline = Deadline: +15m, +2h, or a moment of RFC 3339
arg-to = Agencies or seats asked, separated by commas
arg-tell = Agencies or seats told, who do not answer
arg-attest = Attest that nothing in here is on the list of state secrets
arg-secret-list = The list of state secrets that was consulted
arg-position = Position: agree, agree_with_comments, disagree, no_opinion
arg-capacity = Capacity: agency, unit, personal
arg-acting-for = The seat that a deputy answers for
arg-said-reason = Reason; only members of the channel can read it
arg-opinion-text = Reasons or comments, at most 4,000 bytes

## Audit report: consultations

report-checked-acts = Consultations: { $acts } acts that keep the rules: who was asked, who answered when, deadlines, reminders, extensions, and that a conclusion counts exactly the opinions there were.
report-unchecked-opinions = What was asked, answered and concluded: only members of the channel can read it; they check that a conclusion repeats every dissent word for word.
report-consultations = Consultations
report-consultations-none = There are no consultations.
report-consultation-about = Lead: { $lead }. Basis: { $basis }. Opened at { $opened }, due { $deadline }. Whoever opened it attested that nothing in it is on the list of state secrets: { $list }.
report-consultation-field = About the field: { $field }.
report-agencies = Agency by agency
report-agency = Seat
report-answered = answered
report-revisions = Answers
report-response = Time to answer
report-minutes = { $minutes } min
report-timeline = Timeline
report-timeline-left-out = { $count } more acts are not listed here.
report-act = Act
report-repeat = Verify it yourself
report-repeat-words = The copy, the policy file and the hash of the genesis are enough; no server, account or key to content is needed. Capital letters stand for your own values.
report-repeat-rust = This program, on another machine:
report-repeat-python = A verifier in Python, written on its own from the protocol's text:
report-repeat-all = All three, with Go's own sumdb packages for the log half, and on copies that are damaged on purpose:
